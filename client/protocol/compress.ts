// From a dense update to a contribution, and what it leaves out. Top k of each chunk by magnitude; the h largest of those take the
// high level, the others the low one, each the mean of its group and so of least squared error; the rest is kept by the miner as
// error feedback. Deterministic: the same update gives the same bytes anywhere. A range of chunks needs nothing of the others, so
// ranges may be encoded side by side; beside the update itself the work takes a few chunks of memory and the blob.

import { BitWriter } from './bits.ts'
import { type CodecContext, type Contribution, type EncodedRecords, hashRecord, joinRecords } from './contribution.ts'
import type { ContributionHeader } from './contributionHeader.ts'
import { TesseraError } from './errors.ts'
import type { StateChunk } from './layout.ts'
import { encodeMagnitudeNearest, encodeRatioNearest, lowMagnitude, magnitudeValue } from './magnitude.ts'
import { merkleTree } from './merkle.ts'
import { type RecordShape, RecordShapes } from './recordShape.ts'
import { writeRecord } from './recordWriter.ts'
import { ShortSha256 } from './shortSha256.ts'
import { STATE_SCALE } from './tags.ts'
import { floatBits, TopEntries } from './topEntries.ts'

/** The header fields that the codec does not know by itself. */
export type HeaderFields = Pick<ContributionHeader, 'run' | 'round' | 'miner' | 'innerSteps' | 'samples' | 'baseRoot'>

export interface UpdateToEncode extends CodecContext {
  /**
   * Old parameters minus new ones plus decayed feedback, float units, dense as the state; without the first two if `delta` is given.
   * Written to: what the contribution says is taken off.
   */
  readonly update: Float32Array
  /** `update` is what the last round left behind, and becomes values + decay * update, each chunk when its turn comes. */
  readonly delta?: Delta
}

export interface Delta {
  /** Old parameters minus new ones. */
  readonly values: Float32Array
  readonly decay: number
}

export interface CompressRequest extends UpdateToEncode {
  readonly header: HeaderFields
}

export interface Compressed {
  readonly contribution: Contribution
  /** Root of the tree over the records. */
  readonly recordsRoot: Uint8Array
}

export interface CompressedUpdate extends Compressed {
  /** The request's `update`, of which the contribution is taken off: the feedback of the next round before its decay. */
  readonly residual: Float32Array
}

/** Records of a range of chunks. */
export interface EncodedChunks extends EncodedRecords {
  /** Leaf hashes, 32 bytes each. */
  readonly leaves: Uint8Array
}

/**
 * @throws `compress/length`, `compress/non-finite`, `contribution/bad-codec`, `contribution/wrong-codec`
 */
export function compressUpdate(request: CompressRequest): CompressedUpdate {
  checkUpdate(request)
  const chunks = encodeChunks(request, 0, request.layout.chunks.length)
  return { ...joinChunks(request, [chunks]), residual: request.update }
}

/** @throws `compress/length` */
export function checkUpdate({ update, delta, layout }: Omit<UpdateToEncode, 'codec'>): void {
  const lengths = [update.length, delta?.values.length ?? layout.parameters]
  if (lengths.every((length) => length === layout.parameters)) return
  throw new TesseraError('compress/length', `an update of ${lengths.join(' and ')} entries for ${layout.parameters}`, {
    hint: 'Pass the parameters of every tensor, in the order of the manifest',
    context: { lengths, wanted: layout.parameters },
  })
}

/**
 * The contribution of all chunks, given as ranges in order.
 * @throws `contribution/bad-codec`, `contribution/wrong-codec`
 */
export function joinChunks(
  request: CodecContext & Pick<CompressRequest, 'header'>,
  ranges: readonly EncodedChunks[],
): Compressed {
  const { header, layout, codec } = request
  const full = { ...header, k: codec.k, chunkSize: codec.chunkSize, chunkCount: layout.chunks.length }
  const contribution = joinRecords(full, ranges, request)
  const leaves = new Uint8Array(32 * layout.chunks.length)
  let at = 0
  for (const range of ranges) {
    leaves.set(range.leaves, at)
    at += range.leaves.length
  }
  return { contribution, recordsRoot: merkleTree(leaves).root }
}

/**
 * Encodes chunks `from` to before `to`.
 * @throws `compress/non-finite`
 */
export function encodeChunks(request: UpdateToEncode, from: number, to: number): EncodedChunks {
  const { update, delta, layout, codec } = request
  const shapes = new RecordShapes(codec.k)
  const top = new TopEntries()
  const values = floatBits(update)
  const lengths = new Uint16Array(to - from)
  const leaves = new Uint8Array(32 * (to - from))
  const hasher = new ShortSha256()
  const out = new RecordBuffer()
  for (let chunk = from; chunk < to; chunk++) {
    const { offset, valid } = layout.chunks[chunk] as StateChunk
    const shape = shapes.of(valid)
    if (delta !== undefined) addDelta(update, delta, offset, offset + valid)
    top.select(values, offset, shape)
    const record = out.write(shape, (bits) => encodeLevels(bits, top, update, offset, shape))
    lengths[chunk - from] = record.length
    hashRecord(hasher, chunk, record, leaves, 32 * (chunk - from))
  }
  return { bytes: out.bytes, lengths, leaves }
}

function addDelta(update: Float32Array, { values, decay }: Delta, from: number, to: number): void {
  for (let i = from; i < to; i++) update[i] = (values[i] as number) + decay * (update[i] as number)
}

/** Chooses the levels of the entries in `top`, writes the record and takes off the update what it says. Returns the byte after it. */
function encodeLevels(
  bits: BitWriter,
  top: TopEntries,
  update: Float32Array,
  offset: number,
  shape: RecordShape,
): number {
  const { entries, highs } = shape
  const lowMean = (top.lowSum / (entries - highs)) * STATE_SCALE
  const highMean = highs === 0 ? lowMean : (top.highSum / highs) * STATE_SCALE
  // A level of zero does not exist: even a chunk without any update sends its k entries.
  const code = Math.max(1, encodeMagnitudeNearest(highMean))
  const high = magnitudeValue(code)
  const ratio = encodeRatioNearest(high, highs === 0 ? high : lowMean)
  takeOff(update, offset, top.entries, 0, highs, high)
  takeOff(update, offset, top.entries, highs, entries, lowMagnitude(high, ratio))
  return writeRecord(bits, code, ratio, top.entries, shape)
}

function takeOff(
  update: Float32Array,
  offset: number,
  entries: Uint16Array,
  from: number,
  to: number,
  magnitude: number,
): void {
  // Exact in float32: a magnitude has at most 13 significant bits.
  const level = magnitude / STATE_SCALE
  for (let i = from; i < to; i++) {
    const entry = entries[i] as number
    const place = offset + (entry >>> 1)
    update[place] = (update[place] as number) + ((entry & 1) === 0 ? -level : level)
  }
}

/** Records one after the other, in memory that grows with them. */
class RecordBuffer {
  #bytes = new Uint8Array(2 ** 14)
  #bits = new BitWriter(this.#bytes)
  #end = 0

  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#end)
  }

  /** @param write writes one record of this shape and returns the byte after it. */
  write(shape: RecordShape, write: (bits: BitWriter) => number): Uint8Array {
    const start = this.#end
    if (start + shape.maxBytes > this.#bytes.length) {
      const grown = new Uint8Array(2 * this.#bytes.length)
      grown.set(this.#bytes)
      this.#bytes = grown
      this.#bits = new BitWriter(grown, start)
    }
    this.#end = write(this.#bits)
    return this.#bytes.subarray(start, this.#end)
  }
}
