// A miner's compressed update as one blob of exact length: header, length table, one record a chunk (contracts/README.md section 4).
// Everything is bounded by the manifest before a byte is fetched. Decoded, it is a few flat arrays, so that a model of hundreds of
// millions of parameters stays a handful of objects.

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
import type { StateLayout } from './layout.ts'
import { type MerkleTree, merkleTree } from './merkle.ts'
import { type ChunkRecord, entriesOf, maxRecordBytes, minRecordBytes, readRecord, writeRecord } from './record.ts'
import { TAG_CONTRIBUTION_ROOT, TAG_RECORD_LEAF } from './tags.ts'

export interface Contribution {
  readonly header: ContributionHeader
  /** Entries of chunk i are those from offsets[i] to offsets[i + 1]. */
  readonly offsets: Uint32Array
  /** Places within their chunk. */
  readonly indices: Uint16Array
  /** 1 or -1 times the lo, 2 or -2 for plus or minus the hi magnitude. */
  readonly levels: Int8Array
  /** Magnitude codes, one a chunk. */
  readonly lo: Uint16Array
  readonly hi: Uint16Array
  /** Record i fills bytes recordOffsets[i] to recordOffsets[i + 1] of the blob. */
  readonly recordOffsets: Uint32Array
}

/** What both sides of the codec know beforehand. */
export interface CodecContext {
  readonly layout: StateLayout
  readonly codec: CodecParams
}

/** Bytes of the shortest contribution that this run can have. */
export function minContributionBytes(layout: StateLayout, codec: CodecParams): number {
  return sumRecords(layout, codec, minRecordBytes)
}

/** Bytes of the longest one: the limit for a fetch. */
export function maxContributionBytes(layout: StateLayout, codec: CodecParams): number {
  return sumRecords(layout, codec, maxRecordBytes)
}

function sumRecords(layout: StateLayout, codec: CodecParams, bytesOf: (valid: number, k: number) => number): number {
  checkContext({ layout, codec })
  let sum = HEADER_BYTES + layout.chunks.length
  for (const { valid } of layout.chunks) sum += bytesOf(valid, codec.k)
  return sum
}

/** First entry of each chunk, and the end. */
export function entryOffsets({ layout, codec }: CodecContext): Uint32Array {
  const offsets = new Uint32Array(layout.chunks.length + 1)
  for (const { index, valid } of layout.chunks)
    offsets[index + 1] = (offsets[index] as number) + entriesOf(valid, codec.k)
  return offsets
}

/**
 * @throws `contribution/bad-codec`, `contribution/wrong-codec` when the parts are not of this codec and layout, and what writeRecord throws.
 */
export function encodeContribution(parts: Omit<Contribution, 'recordOffsets'>, context: CodecContext): Uint8Array {
  const { layout, codec } = context
  checkContext(context)
  checkCodecFields(parts.header, context)
  const offsets = entryOffsets(context)
  const entries = offsets[layout.chunks.length] as number
  if (parts.indices.length !== entries || parts.levels.length !== entries)
    throw wrongCodec('entries', parts.indices.length, entries)
  const bytes = new Uint8Array(maxContributionBytes(layout, codec))
  bytes.set(encodeHeader(parts.header))
  let end = HEADER_BYTES + layout.chunks.length
  for (const { index, valid } of layout.chunks) {
    const entry = { ...parts, at: offsets[index] as number, lo: parts.lo[index] ?? 0, hi: parts.hi[index] ?? 0 }
    const start = end
    end = writeRecord(bytes, start, entry, valid, codec.k)
    bytes[HEADER_BYTES + index] = end - start - minRecordBytes(valid, codec.k)
  }
  return bytes.slice(0, end)
}

/**
 * Decodes and checks everything that needs no knowledge of the round; the caller compares the header (checkHeader) and the root.
 * @throws `contribution/length`, `contribution/truncated`, `contribution/bad-magic`, `contribution/bad-version`, `contribution/wrong-codec`, and what readRecord throws.
 */
export function decodeContribution(bytes: Uint8Array, context: CodecContext): Contribution {
  const { layout, codec } = context
  if (bytes.length > maxContributionBytes(layout, codec)) throw badLength(bytes.length)
  const header = decodeHeader(bytes)
  checkCodecFields(header, context)
  if (bytes.length < minContributionBytes(layout, codec)) throw badLength(bytes.length)
  const recordOffsets = readLengthTable(bytes, context)
  const offsets = entryOffsets(context)
  const entries = offsets[layout.chunks.length] as number
  const indices = new Uint16Array(entries)
  const levels = new Int8Array(entries)
  const lo = new Uint16Array(layout.chunks.length)
  const hi = new Uint16Array(layout.chunks.length)
  for (const { index, valid } of layout.chunks) {
    const span = { start: recordOffsets[index] as number, end: recordOffsets[index + 1] as number }
    const codes = readRecord(bytes, span, { indices, levels, at: offsets[index] as number }, valid, codec.k)
    lo[index] = codes.lo
    hi[index] = codes.hi
  }
  return { header, offsets, indices, levels, lo, hi, recordOffsets }
}

/** The table must account for every byte of the blob; an entry beyond the longest record is refused with its record. */
function readLengthTable(bytes: Uint8Array, { layout, codec }: CodecContext): Uint32Array {
  const offsets = new Uint32Array(layout.chunks.length + 1)
  let at = HEADER_BYTES + layout.chunks.length
  offsets[0] = at
  for (const { index, valid } of layout.chunks) {
    at += minRecordBytes(valid, codec.k) + (bytes[HEADER_BYTES + index] as number)
    offsets[index + 1] = at
  }
  if (at !== bytes.length) throw badLength(bytes.length)
  return offsets
}

/** One chunk of a contribution, as views of its arrays. */
export function recordOf(contribution: Contribution, chunk: number): ChunkRecord {
  const from = contribution.offsets[chunk] as number
  const to = contribution.offsets[chunk + 1] as number
  return {
    lo: contribution.lo[chunk] as number,
    hi: contribution.hi[chunk] as number,
    indices: contribution.indices.subarray(from, to),
    levels: contribution.levels.subarray(from, to),
  }
}

/** The bytes of one record, as a view of the blob that `contribution` was decoded from. */
export function recordBytes(blob: Uint8Array, contribution: Contribution, chunk: number): Uint8Array {
  return blob.subarray(contribution.recordOffsets[chunk], contribution.recordOffsets[chunk + 1])
}

/** The tree over the records of `blob`. */
export function recordsTree(blob: Uint8Array, contribution: Contribution, sha256: Sha256 = defaultSha256): MerkleTree {
  const count = contribution.recordOffsets.length - 1
  const leaves = new Uint8Array(32 * count)
  for (let chunk = 0; chunk < count; chunk++)
    leaves.set(recordLeaf(chunk, recordBytes(blob, contribution, chunk), sha256), 32 * chunk)
  return merkleTree(leaves, sha256)
}

/** Leaf hash of one record. */
export function recordLeaf(chunk: number, record: Uint8Array, sha256: Sha256 = defaultSha256): Uint8Array {
  const buffer = new Uint8Array(5 + record.length)
  const view = new DataView(buffer.buffer)
  view.setUint8(0, TAG_RECORD_LEAF)
  view.setUint32(1, chunk)
  buffer.set(record, 5)
  return sha256(buffer)
}

/** What is committed to: header and records of `blob`. */
export function contributionRoot(blob: Uint8Array, contribution: Contribution, sha256: Sha256 = defaultSha256): Hex {
  const { root } = recordsTree(blob, contribution, sha256)
  return bytesToHex(sha256(concatBytes(u8(TAG_CONTRIBUTION_ROOT), blob.subarray(0, HEADER_BYTES), root)))
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
  return new TesseraError('contribution/length', `${size} bytes are not what header and length table account for`, {
    hint: 'Fetch the blob again; if its digest is right, refuse the contribution',
    context: { size },
  })
}
