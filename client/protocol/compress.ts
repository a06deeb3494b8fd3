// From a dense update to a contribution, and what it leaves out. Top k of each chunk by magnitude, two levels a chunk chosen for the
// least squared error; the rest is kept by the miner as error feedback. Deterministic: the same update gives the same bytes anywhere.

import { type CodecContext, type Contribution, encodeContribution, entryOffsets } from './contribution.ts'
import type { ContributionHeader } from './contributionHeader.ts'
import { HEADER_BYTES } from './contributionHeader.ts'
import { TesseraError } from './errors.ts'
import { magnitudeValue } from './magnitude.ts'
import { entriesOf, minRecordBytes } from './record.ts'
import { STATE_SCALE } from './tags.ts'
import { TopEntries } from './topEntries.ts'
import { chooseTwoLevels } from './twoLevels.ts'

/** The header fields that the codec does not know by itself. */
export type HeaderFields = Pick<ContributionHeader, 'run' | 'round' | 'miner' | 'innerSteps' | 'samples' | 'baseRoot'>

export interface CompressRequest extends CodecContext {
  /** Old parameters minus new ones plus decayed feedback, float units, dense as the state. */
  readonly update: Float32Array
  readonly header: HeaderFields
}

export interface Compressed {
  readonly blob: Uint8Array
  readonly contribution: Contribution
  /** The update minus what the contribution says, float units: the feedback of the next round before its decay. */
  readonly residual: Float32Array<ArrayBuffer>
}

/**
 * @throws `compress/length`, `compress/non-finite`, `contribution/bad-codec`, `contribution/wrong-codec`
 */
export function compressUpdate(request: CompressRequest): Compressed {
  const { update, layout, codec } = request
  if (update.length !== layout.parameters)
    throw new TesseraError('compress/length', `an update of ${update.length} entries for ${layout.parameters}`, {
      hint: 'Pass the parameters of every tensor, in the order of the manifest',
      context: { length: update.length, wanted: layout.parameters },
    })
  const offsets = entryOffsets(request)
  const entries = offsets[layout.chunks.length] as number
  const parts = {
    header: { ...request.header, k: codec.k, chunkSize: codec.chunkSize, chunkCount: layout.chunks.length },
    offsets,
    indices: new Uint16Array(entries),
    levels: new Int8Array(entries),
    lo: new Uint16Array(layout.chunks.length),
    hi: new Uint16Array(layout.chunks.length),
  }
  const residual = update.slice()
  const bits = new Int32Array(update.buffer, update.byteOffset, update.length)
  const top = new TopEntries()
  const sorted = new Float64Array(codec.k)
  for (const chunk of layout.chunks) {
    const at = offsets[chunk.index] as number
    const n = entriesOf(chunk.valid, codec.k)
    top.select(bits, chunk, n, parts.indices, at)
    quantizeChunk(parts, chunk, { at, n }, sorted.subarray(0, n), residual)
  }
  const blob = encodeContribution(parts, request)
  return { blob, contribution: { ...parts, recordOffsets: recordOffsetsOf(blob, request) }, residual }
}

type Parts = Omit<Contribution, 'recordOffsets'>

/** Levels of the chosen entries; what they say is taken off the residual. */
function quantizeChunk(
  parts: Parts,
  chunk: { readonly index: number; readonly offset: number },
  { at, n }: { readonly at: number; readonly n: number },
  scratch: Float64Array,
  residual: Float32Array,
): void {
  const { indices, levels } = parts
  for (let i = 0; i < n; i++)
    scratch[i] = Math.abs(residual[chunk.offset + (indices[at + i] as number)] as number) * STATE_SCALE
  const { lo, hi, highFrom } = chooseTwoLevels(scratch.sort())
  parts.lo[chunk.index] = lo
  parts.hi[chunk.index] = hi
  // Exact in float32: a magnitude has at most 12 significant bits.
  const low = magnitudeValue(lo) / STATE_SCALE
  const high = magnitudeValue(hi) / STATE_SCALE
  for (let i = at; i < at + n; i++) {
    const place = chunk.offset + (indices[i] as number)
    const value = residual[place] as number
    const isHigh = Math.abs(value) * STATE_SCALE >= highFrom
    const sign = value < 0 ? -1 : 1
    levels[i] = isHigh ? 2 * sign : sign
    residual[place] = value - sign * (isHigh ? high : low)
  }
}

/** Our own length table, read back: cheaper than decoding the blob again. */
function recordOffsetsOf(blob: Uint8Array, { layout, codec }: CodecContext): Uint32Array {
  const offsets = new Uint32Array(layout.chunks.length + 1)
  offsets[0] = HEADER_BYTES + layout.chunks.length
  for (const { index, valid } of layout.chunks) {
    const length = minRecordBytes(valid, codec.k) + (blob[HEADER_BYTES + index] as number)
    offsets[index + 1] = (offsets[index] as number) + length
  }
  return offsets
}
