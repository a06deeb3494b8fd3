// A miner's compressed update as one blob of exact length: header, group table, one record a chunk (contracts/README.md section 4).
// Everything is bounded by the manifest before a byte is fetched. Reading a blob checks every bit of it and keeps none of its entries:
// what stays in memory is the blob, a two-hundredth of the state, and where its records start. Whoever needs entries reads them again,
// chunk by chunk.

import { concatBytes, u8 } from './bytes.ts'
import {
  type CodecParams,
  type ContributionHeader,
  checkCodec,
  decodeHeader,
  encodeHeader,
  HEADER_BYTES,
} from './contributionHeader.ts'
import { TesseraError } from './errors.ts'
import { sha256 as defaultSha256, type Sha256 } from './hash.ts'
import { bytesToHex, type Hex } from './hex.ts'
import { loadKernel } from './kernel/kernel.ts'
import { KernelChecker } from './kernel/kernelChecker.ts'
import type { StateChunk, StateLayout } from './layout.ts'
import { type MerkleTree, merkleTree } from './merkle.ts'
import { type ChunkRecord, encodeRecord, recordIn } from './record.ts'
import { type RecordChecker, ScalarChecker } from './recordChecker.ts'
import { RecordReader, recordBytesOf } from './recordReader.ts'
import { RecordShapes, recordShape } from './recordShape.ts'
import { hashShort } from './shortHashes.ts'
import { TAG_CONTRIBUTION_ROOT, TAG_RECORD_LEAF } from './tags.ts'

/** Tag and chunk number before a record that is hashed. */
const LEAF_HEAD = 5

/** Records that share an entry of the group table. */
export const GROUP = 64

export interface Contribution {
  readonly header: ContributionHeader
  /** All of it, checked. Nobody may write to it. */
  readonly blob: Uint8Array
  /** Record i fills bytes recordOffsets[i] to recordOffsets[i + 1] of the blob. */
  readonly recordOffsets: Uint32Array
}

/** What both sides of the codec know beforehand. */
export interface CodecContext {
  readonly layout: StateLayout
  readonly codec: CodecParams
}

/** Records of consecutive chunks, one after the other. */
export interface EncodedRecords {
  readonly bytes: Uint8Array
  /** Bytes of each. */
  readonly lengths: Uint16Array
}

/** What a codec makes of a layout's lengths, in bytes. */
interface Lengths {
  readonly k: number
  readonly min: number
  readonly max: number
  /** Least length of each group's records. */
  readonly groups: Uint32Array
}

/** Of the last codec that a layout was used with: a run has one. */
const knownLengths = new WeakMap<StateLayout, Lengths>()

function lengthsOf(context: CodecContext): Lengths {
  checkContext(context)
  const { layout, codec } = context
  const known = knownLengths.get(layout)
  if (known?.k === codec.k) return known
  const shapes = new RecordShapes(codec.k)
  const groups = new Uint32Array(Math.ceil(layout.chunks.length / GROUP))
  let min = firstRecord(layout)
  let max = min
  for (const { index, valid } of layout.chunks) {
    const { minBytes, maxBytes } = shapes.of(valid)
    const group = Math.floor(index / GROUP)
    groups[group] = (groups[group] as number) + minBytes
    min += minBytes
    max += maxBytes
  }
  const lengths = { k: codec.k, min, max, groups }
  knownLengths.set(layout, lengths)
  return lengths
}

/** Bytes of the shortest contribution that this run can have. */
export function minContributionBytes(layout: StateLayout, codec: CodecParams): number {
  return lengthsOf({ layout, codec }).min
}

/** Bytes of the longest one: the limit for a fetch. */
export function maxContributionBytes(layout: StateLayout, codec: CodecParams): number {
  return lengthsOf({ layout, codec }).max
}

/** Where the first record starts. */
function firstRecord(layout: StateLayout): number {
  return HEADER_BYTES + 2 * Math.ceil(layout.chunks.length / GROUP)
}

/**
 * The blob of records that lie in `parts`, in order.
 * @throws `contribution/bad-codec`, `contribution/wrong-codec` when header or parts are not of this codec and layout.
 */
export function joinRecords(
  header: ContributionHeader,
  parts: readonly EncodedRecords[],
  context: CodecContext,
): Contribution {
  checkContext(context)
  checkCodecFields(header, context)
  const { layout } = context
  const count = parts.reduce((sum, { lengths }) => sum + lengths.length, 0)
  if (count !== layout.chunks.length) throw wrongCodec('number of records', count, layout.chunks.length)
  const first = firstRecord(layout)
  const blob = new Uint8Array(parts.reduce((sum, { bytes }) => sum + bytes.length, first))
  blob.set(encodeHeader(header))
  const recordOffsets = new Uint32Array(count + 1)
  recordOffsets[0] = first
  let chunk = 0
  for (const { bytes, lengths } of parts) {
    blob.set(bytes, recordOffsets[chunk])
    for (const length of lengths) recordOffsets[chunk + 1] = (recordOffsets[chunk++] as number) + length
  }
  const view = new DataView(blob.buffer)
  forEachGroup(context, ({ from, to, table, minBytes }) => {
    const bytes = (recordOffsets[to] as number) - (recordOffsets[from] as number)
    view.setUint16(table, bytes - minBytes)
  })
  return { header, blob, recordOffsets }
}

/**
 * The blob of given records; an update's are made by compress.ts, so this one is @testonly.
 * @throws what joinRecords and encodeRecord throw.
 */
export function encodeContribution(
  header: ContributionHeader,
  records: readonly ChunkRecord[],
  context: CodecContext,
): Contribution {
  const { layout, codec } = context
  if (records.length !== layout.chunks.length)
    throw wrongCodec('number of records', records.length, layout.chunks.length)
  const encoded = layout.chunks.map(({ index, valid }) => encodeRecord(records[index] as ChunkRecord, valid, codec.k))
  const lengths = Uint16Array.from(encoded, ({ length }) => length)
  return joinRecords(header, [{ bytes: concatBytes(...encoded), lengths }], context)
}

/**
 * Checks everything that needs no knowledge of the round; the caller compares the header (checkHeader) and the root.
 * @param blob kept, not copied.
 * @param checker the quickest there is, if not given.
 * @throws what openContribution and checkRecords throw.
 */
export function decodeContribution(
  blob: Uint8Array,
  context: CodecContext,
  checker: RecordChecker = recordChecker(),
): Contribution {
  const contribution = openContribution(blob, context)
  checkRecords(contribution, context.layout, 0, context.layout.chunks.length, checker)
  return contribution
}

/**
 * Checks header, group table and length: of `recordOffsets` only the first one of each group and the end are there, until
 * checkRecords has been through all chunks.
 * @throws `contribution/length`, `contribution/truncated`, `contribution/bad-magic`, `contribution/bad-version`, `contribution/wrong-codec`
 */
export function openContribution(blob: Uint8Array, context: CodecContext): Contribution {
  const { layout, codec } = context
  if (blob.length > maxContributionBytes(layout, codec)) throw badLength(blob.length)
  const header = decodeHeader(blob)
  checkCodecFields(header, context)
  if (blob.length < minContributionBytes(layout, codec)) throw badLength(blob.length)
  const { view } = recordBytesOf(blob)
  const recordOffsets = new Uint32Array(layout.chunks.length + 1)
  // The table must account for every byte before a record is read.
  let at = firstRecord(layout)
  forEachGroup(context, ({ from, table, minBytes }) => {
    recordOffsets[from] = at
    at += minBytes + view.getUint16(table)
  })
  if (at !== blob.length) throw badLength(blob.length)
  recordOffsets[layout.chunks.length] = at
  return { header, blob, recordOffsets }
}

/**
 * Checks the records of chunks `from` to before `to`, both at a group's border, and fills in where they start. Different ranges may
 * be checked side by side.
 * @throws what RecordReader.read throws.
 */
export function checkRecords(
  { header, blob, recordOffsets }: Contribution,
  { chunks }: StateLayout,
  from: number,
  to: number,
  checker: RecordChecker = recordChecker(),
): void {
  const source = recordBytesOf(blob)
  const shapes = new RecordShapes(header.k)
  for (let first = from; first < to; first += GROUP) {
    const group = { source, shapes, chunks, from: first, to: Math.min(first + GROUP, chunks.length) }
    checker.check(group, recordOffsets)
  }
}

function recordChecker(): RecordChecker {
  const kernel = loadKernel()
  return kernel === undefined ? new ScalarChecker() : new KernelChecker(kernel)
}

interface Group {
  /** Its chunks are those from `from` to before `to`. */
  readonly from: number
  readonly to: number
  /** Where its entry of the table is. */
  readonly table: number
  /** Least bytes of its records. */
  readonly minBytes: number
}

function forEachGroup(context: CodecContext, visit: (group: Group) => void): void {
  const count = context.layout.chunks.length
  let from = 0
  let table = HEADER_BYTES
  for (const minBytes of lengthsOf(context).groups) {
    const to = Math.min(from + GROUP, count)
    visit({ from, to, table, minBytes })
    from = to
    table += 2
  }
}

/** The record of one chunk. */
export function recordOf(contribution: Contribution, { index, valid }: StateChunk): ChunkRecord {
  const { header, blob, recordOffsets } = contribution
  const shape = recordShape(valid, header.k)
  const reader = new RecordReader()
  reader.read(recordBytesOf(blob), recordOffsets[index] as number, recordOffsets[index + 1] as number, true, shape)
  return recordIn(reader, shape)
}

/** The bytes of one record, as a view: @testonly. */
export function recordBytes({ blob, recordOffsets }: Contribution, chunk: number): Uint8Array {
  return blob.subarray(recordOffsets[chunk], recordOffsets[chunk + 1])
}

/** The tree over the records. */
export function recordsTree({ blob, recordOffsets }: Contribution): MerkleTree {
  const start = recordOffsets[0] as number
  const lengths = Uint16Array.from(recordOffsets.subarray(1), (end, i) => end - (recordOffsets[i] as number))
  return merkleTree(recordLeaves({ bytes: blob.subarray(start), lengths }, 0))
}

/** Leaf hashes of records in a row, of which `first` is the number of the first one's chunk. */
export function recordLeaves({ bytes, lengths }: EncodedRecords, first: number): Uint8Array {
  const leaves = new Uint8Array(32 * lengths.length)
  let at = 0
  const write = (message: Uint8Array, i: number): number => {
    const length = lengths[i] as number
    message[0] = TAG_RECORD_LEAF
    for (let byte = 0; byte < 4; byte++) message[1 + byte] = (first + i) >>> (24 - 8 * byte)
    message.set(bytes.subarray(at, at + length), LEAF_HEAD)
    at += length
    return LEAF_HEAD + length
  }
  hashShort(lengths.length, write, leaves)
  return leaves
}

/**
 * What is committed to: header and records.
 * @param recordsRoot root of recordsTree.
 */
export function contributionRoot({ blob }: Contribution, recordsRoot: Uint8Array, sha256: Sha256 = defaultSha256): Hex {
  return bytesToHex(sha256(concatBytes(u8(TAG_CONTRIBUTION_ROOT), blob.subarray(0, HEADER_BYTES), recordsRoot)))
}

function checkContext({ layout, codec }: CodecContext): void {
  checkCodec(codec)
  if (layout.chunkSize !== codec.chunkSize)
    throw wrongCodec('chunk size of the layout', layout.chunkSize, codec.chunkSize)
}

function checkCodecFields(header: ContributionHeader, { layout, codec }: CodecContext): void {
  if (header.k !== codec.k) throw wrongCodec('k', header.k, codec.k)
  if (header.chunkSize !== codec.chunkSize) throw wrongCodec('chunk size', header.chunkSize, codec.chunkSize)
  if (header.chunkCount !== layout.chunks.length)
    throw wrongCodec('number of chunks', header.chunkCount, layout.chunks.length)
}

function wrongCodec(what: string, actual: number, wanted: number): TesseraError {
  return new TesseraError('contribution/wrong-codec', `${what} is ${actual}, the run has ${wanted}`, {
    hint: "Use the codec and tensors of the run's manifest; refuse a contribution that does not",
    context: { what, actual, wanted },
  })
}

function badLength(size: number): TesseraError {
  return new TesseraError('contribution/length', `${size} bytes are not what header and group table account for`, {
    hint: 'Fetch the blob again; if its digest is right, refuse the contribution',
    context: { size },
  })
}
