// The arithmetic of the update rule (contracts/README.md section 5) for one chunk at a time.
//
// Why doubles are exact here. R <= 64 contributions, magnitudes < 2^31, clip < 2^16, rate <= 2^17, count <= R. Then
// - median * clip < 2^47, 256 times a sum of signed magnitudes < 2^45, mean * rate < 2^48, entry - step < 2^33: all exact integers
//   below 2^53.
// - Divisions by 256 and 65536 are exact. The root is that of an integer below 2^29, and rounded to the same integer: that of a
//   square is exact, and that of any other one is more than 2^-16 below the next integer.
// - 256 sum / root is rounded, but never across an integer: as root >= 256 count it is below 2^31 in size, so the rounding error
//   is below 2^(31 - 53) = 2^-22, while a quotient that is no integer is at least 1 / root >= 2^-14 away from one. So `| 0` of it
//   is the true truncation.

import { MAX_K } from './recordShape.ts'
import { CHUNK, INT32_MAX, INT32_MIN, MAX_INCLUDED } from './tags.ts'

/** As AggregationParams, checked. */
export interface StepParams {
  readonly clipQ8: number
  readonly rateQ16: number
}

interface Levels {
  readonly low: number
  readonly high: number
}

/** A record's place in the scratch space. */
interface Held extends Levels {
  readonly start: number
  /** The high entries end here. */
  readonly middle: number
  readonly end: number
}

/** Reusable: begin, add each record, step. */
export class ChunkAccumulator {
  /** By place; all zeros between chunks. */
  readonly #sums = new Float64Array(CHUNK)
  readonly #counts = new Uint8Array(CHUNK)
  readonly #votes = new Int8Array(CHUNK)
  readonly #touched = new Uint16Array(CHUNK + 1)
  /** By count: 256 sqrt(count R), rounded down. */
  readonly #roots = new Float64Array(MAX_INCLUDED + 1)
  readonly #entries = new Uint16Array(MAX_INCLUDED * MAX_K)
  #held: Held[] = []
  /** Plus and minus the magnitude at hand: read by sign bit, since nobody can foretell a branch on it. */
  readonly #signed = new Float64Array(2)

  begin(): void {
    this.#held = []
  }

  /** @param entries place * 2 + (1 if negative): `highs` high ones, then low ones, `count` in all. Copied. */
  add({ low, high }: Levels, entries: Uint16Array, highs: number, count: number): void {
    const start = this.#held.at(-1)?.end ?? 0
    for (let i = 0; i < count; i++) this.#entries[start + i] = entries[i] as number
    this.#held.push({ low, high, start, middle: start + highs, end: start + count })
  }

  /** Steps the chunk of `valid` entries whose first one is at `offset`. */
  step(
    state: Int32Array,
    { offset, valid }: { readonly offset: number; readonly valid: number },
    { clipQ8, rateQ16 }: StepParams,
  ): void {
    const kept = this.#agreeing()
    if (kept.length === 0) return
    const lows = this.#held.map(({ low }) => low)
    const highs = this.#held.map(({ high }) => high)
    const lowBound = bound(lows, clipQ8)
    const highBound = bound(highs, clipQ8)
    for (const { low, high, start, middle, end } of kept) {
      this.#sum(start, middle, Math.min(high, highBound))
      this.#sum(middle, end, Math.min(low, lowBound))
    }
    for (let n = 1; n <= kept.length; n++) this.#roots[n] = Math.floor(Math.sqrt(65_536 * n * kept.length))
    this.#apply(state, offset, valid, rateQ16)
  }

  /** The records that do not contradict the others. */
  #agreeing(): readonly Held[] {
    const votes = this.#votes
    const entries = this.#entries
    const end = this.#held.at(-1)?.end ?? 0
    for (let i = 0; i < end; i++) {
      const entry = entries[i] as number
      votes[entry >>> 1] = (votes[entry >>> 1] as number) + 1 - 2 * (entry & 1)
    }
    const kept = this.#held.filter((record) => this.#agreement(record) >= 0)
    for (let i = 0; i < end; i++) votes[(entries[i] as number) >>> 1] = 0
    return kept
  }

  /** Entries to whose side the others are in balance minus those against which they are. */
  #agreement({ start, end }: Held): number {
    const votes = this.#votes
    let sum = 0
    for (let i = start; i < end; i++) {
      const entry = this.#entries[i] as number
      const own = 1 - 2 * (entry & 1)
      const sided = own * (votes[entry >>> 1] as number) - 1
      // The sign of it, without a branch.
      sum += (sided >> 31) | (-sided >>> 31)
    }
    return sum
  }

  #sum(from: number, to: number, magnitude: number): void {
    const entries = this.#entries
    const sums = this.#sums
    const counts = this.#counts
    const signed = this.#signed
    signed[0] = magnitude
    signed[1] = -magnitude
    for (let i = from; i < to; i++) {
      const entry = entries[i] as number
      const place = entry >>> 1
      counts[place] = (counts[place] as number) + 1
      sums[place] = (sums[place] as number) + (signed[entry & 1] as number)
    }
  }

  #apply(state: Int32Array, offset: number, valid: number, rateQ16: number): void {
    const sums = this.#sums
    const counts = this.#counts
    const touched = this.#touched
    const roots = this.#roots
    const rate = rateQ16 / 65536
    const end = this.#gather(valid)
    for (let t = 0; t < end; t++) {
      const place = touched[t] as number
      const mean = ((256 * (sums[place] as number)) / (roots[counts[place] as number] as number)) | 0
      sums[place] = 0
      counts[place] = 0
      const next = (state[offset + place] as number) - Math.trunc(mean * rate)
      if (next === (next | 0)) state[offset + place] = next
      else state[offset + place] = next > 0 ? INT32_MAX : INT32_MIN
    }
  }

  /**
   * The places that have a count, ascending: memory is fetched ahead for who goes through the state in order. Each place is written
   * down and kept only if it has one, since nobody can foretell a branch on it either.
   */
  #gather(valid: number): number {
    const counts = this.#counts
    const touched = this.#touched
    let end = 0
    for (let place = 0; place < valid; place++) {
      touched[end] = place
      end = (end + (-(counts[place] as number) >>> 31)) | 0
    }
    return end
  }
}

/** Clip times the lower median. */
function bound(values: readonly number[], clipQ8: number): number {
  const median = values.toSorted((a, b) => a - b)[(values.length - 1) >>> 1] as number
  return Math.floor((median * clipQ8) / 256)
}
