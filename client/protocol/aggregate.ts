// The update rule of contracts/README.md section 5: the next state from the last one and the included contributions. Integers only,
// so every machine gets the same root; independent of the order of the contributions; a chunk depends on nothing but itself.
//
// Why doubles are exact here. R <= 64 contributions, magnitudes < 2^31, clip < 2^16, rate <= 2^17, count <= 64. Then
// - median * clip < 2^47, a sum of signed magnitudes < 2^37, mean * rate < 2^48, entry - step < 2^33: all exact integers below 2^53.
// - Divisions by 256 and 65536 are exact. sum / count is rounded, but never across an integer: a quotient that is no integer is at
//   least 1/64 = 2^-6 away from one, and the rounding error is below 2^(37 - 53) = 2^-16. So trunc of it is the true truncation.

import { type Contribution, recordOf } from './contribution.ts'
import { TesseraError } from './errors.ts'
import type { StateLayout } from './layout.ts'
import { magnitudeValue } from './magnitude.ts'
import type { ChunkRecord } from './record.ts'
import { INT32_MAX, INT32_MIN, MAX_CLIP_Q8, MAX_MINERS, MAX_RATE_Q16 } from './tags.ts'

export interface AggregationParams {
  /** Each magnitude is bounded by this times the median over the contributions; Q8. */
  readonly clipQ8: number
  /** Outer rate, Q16, at most 2.0. */
  readonly rateQ16: number
}

/** @throws `aggregate/bad-params` */
export function checkAggregationParams({ clipQ8, rateQ16 }: AggregationParams): void {
  const clipOk = Number.isInteger(clipQ8) && clipQ8 >= 1 && clipQ8 <= MAX_CLIP_Q8
  const rateOk = Number.isInteger(rateQ16) && rateQ16 >= 0 && rateQ16 <= MAX_RATE_Q16
  if (clipOk && rateOk) return
  throw new TesseraError('aggregate/bad-params', `clip ${clipQ8} (Q8) or rate ${rateQ16} (Q16) is out of range`, {
    hint: `Clip is 1 to ${MAX_CLIP_Q8}, rate 0 to ${MAX_RATE_Q16}; take them from the manifest`,
    context: { clipQ8, rateQ16 },
  })
}

/**
 * The next state; `state` stays as it is.
 * @param contributions included ones, in any order, decoded with this layout.
 * @throws `aggregate/bad-params`, `aggregate/mismatch` when lengths do not belong together or there are more than 64.
 */
export function aggregate(
  state: Int32Array,
  contributions: readonly Contribution[],
  layout: StateLayout,
  params: AggregationParams,
): Int32Array {
  checkAggregationParams(params)
  if (state.length !== layout.parameters) throw mismatch('state entries', state.length, layout.parameters)
  if (contributions.length > MAX_MINERS) throw mismatch('contributions', contributions.length, MAX_MINERS)
  for (const { lo } of contributions)
    if (lo.length !== layout.chunks.length) throw mismatch('records', lo.length, layout.chunks.length)
  const next = state.slice()
  const accumulator = new ChunkAccumulator(layout.chunkSize)
  for (const { index, offset, valid } of layout.chunks) {
    const records = contributions.map((contribution) => recordOf(contribution, index))
    accumulator.apply(next.subarray(offset, offset + valid), records, params)
  }
  return next
}

/**
 * The rule for one chunk on its own: the unit that a dispute checks.
 * @param entries the chunk's valid entries; not changed.
 * @throws `aggregate/bad-params`, `aggregate/mismatch`
 */
export function aggregateChunk(
  entries: Int32Array,
  records: readonly ChunkRecord[],
  params: AggregationParams,
): Int32Array {
  checkAggregationParams(params)
  if (records.length > MAX_MINERS) throw mismatch('records', records.length, MAX_MINERS)
  const next = entries.slice()
  new ChunkAccumulator(entries.length).apply(next, records, params)
  return next
}

/** Scratch space for one chunk at a time; all zeros between calls. */
class ChunkAccumulator {
  readonly #sums: Float64Array
  readonly #counts: Uint8Array
  readonly #touched: Uint16Array

  constructor(chunkSize: number) {
    this.#sums = new Float64Array(chunkSize)
    this.#counts = new Uint8Array(chunkSize)
    this.#touched = new Uint16Array(chunkSize)
  }

  /** Applies the records to `entries` in place. */
  apply(entries: Int32Array, records: readonly ChunkRecord[], { clipQ8, rateQ16 }: AggregationParams): void {
    if (records.length === 0) return
    const lows = records.map((record) => magnitudeValue(record.lo))
    const highs = records.map((record) => magnitudeValue(record.hi))
    const lowBound = bound(lows, clipQ8)
    const highBound = bound(highs, clipQ8)
    let touched = 0
    for (const [r, { indices, levels }] of records.entries()) {
      const low = Math.min(lows[r] as number, lowBound)
      const high = Math.min(highs[r] as number, highBound)
      touched = this.#add(indices, levels, low, high, touched)
    }
    for (let t = 0; t < touched; t++) {
      const place = this.#touched[t] as number
      const mean = Math.trunc((this.#sums[place] as number) / (this.#counts[place] as number))
      const step = Math.trunc((mean * rateQ16) / 65536)
      entries[place] = Math.max(INT32_MIN, Math.min(INT32_MAX, (entries[place] as number) - step))
      this.#sums[place] = 0
      this.#counts[place] = 0
    }
  }

  #add(indices: Uint16Array, levels: Int8Array, low: number, high: number, touchedBefore: number): number {
    let touched = touchedBefore
    for (let i = 0; i < indices.length; i++) {
      const place = indices[i] as number
      const level = levels[i] as number
      const size = level === 1 || level === -1 ? low : high
      if (this.#counts[place] === 0) this.#touched[touched++] = place
      this.#counts[place] = (this.#counts[place] as number) + 1
      this.#sums[place] = (this.#sums[place] as number) + (level < 0 ? -size : size)
    }
    return touched
  }
}

/** Clip times the lower median. */
function bound(values: readonly number[], clipQ8: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return Math.floor(((sorted[Math.floor((values.length - 1) / 2)] as number) * clipQ8) / 256)
}

function mismatch(what: string, actual: number, wanted: number): TesseraError {
  return new TesseraError('aggregate/mismatch', `${actual} ${what}, at most or exactly ${wanted} belong here`, {
    hint: 'State, contributions and layout must be of one run, and at most 64 contributions be included',
    context: { what, actual, wanted },
  })
}
