// The arithmetic of the update rule (contracts/README.md section 5) for one chunk at a time.
//
// Why doubles are exact here. R <= 64 contributions, magnitudes < 2^31, clip < 2^16, rate <= 2^17, count <= 64. Then
// - median * clip < 2^47, a sum of signed magnitudes < 2^37, mean * rate < 2^48, entry - step < 2^33: all exact integers below 2^53.
// - Divisions by 256 and 65536 are exact. sum / count is rounded, but never across an integer: a quotient that is no integer is at
//   least 1/64 = 2^-6 away from one, and the rounding error is below 2^(37 - 53) = 2^-16. So trunc of it is the true truncation;
//   it is no larger than the largest magnitude, so that `| 0` truncates it.

import { CHUNK, INT32_MAX, INT32_MIN, MAX_MINERS } from './tags.ts'

/** Reusable: begin, the levels of all records, clip, the entries of all records, apply. */
export class ChunkAccumulator {
  /** By place; all zeros between chunks. */
  readonly #sums = new Float64Array(CHUNK)
  readonly #counts = new Uint8Array(CHUNK)
  readonly #touched = new Uint16Array(CHUNK + 1)
  readonly #lows = new Float64Array(MAX_MINERS)
  readonly #highs = new Float64Array(MAX_MINERS)
  #records = 0
  #lowBound = 0
  #highBound = 0
  /** Plus and minus the magnitude at hand: read by sign bit, since nobody can foretell a branch on it. */
  readonly #signed = new Float64Array(2)

  begin(): void {
    this.#records = 0
  }

  addLevels(low: number, high: number): void {
    insert(this.#lows, this.#records, low)
    insert(this.#highs, this.#records, high)
    this.#records++
  }

  /** Bounds what is added from now on: clip times the lower median. */
  clip(clipQ8: number): void {
    const middle = (this.#records - 1) >>> 1
    this.#lowBound = Math.floor(((this.#lows[middle] as number) * clipQ8) / 256)
    this.#highBound = Math.floor(((this.#highs[middle] as number) * clipQ8) / 256)
  }

  /** @param entries place * 2 + (1 if negative): `highs` high ones, then low ones, `count` in all. */
  addEntries(low: number, high: number, entries: Uint16Array, highs: number, count: number): void {
    this.#add(entries, 0, highs, Math.min(high, this.#highBound))
    this.#add(entries, highs, count, Math.min(low, this.#lowBound))
  }

  #add(entries: Uint16Array, from: number, to: number, magnitude: number): void {
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

  /** Steps the chunk of `valid` entries whose first one is at `offset`. */
  apply(state: Int32Array, offset: number, valid: number, rateQ16: number): void {
    const sums = this.#sums
    const counts = this.#counts
    const touched = this.#touched
    const rate = rateQ16 / 65536
    const end = this.#gather(valid)
    for (let t = 0; t < end; t++) {
      const place = touched[t] as number
      const mean = ((sums[place] as number) / (counts[place] as number)) | 0
      sums[place] = 0
      counts[place] = 0
      const next = (state[offset + place] as number) - Math.trunc(mean * rate)
      if (next === (next | 0)) state[offset + place] = next
      else state[offset + place] = next > 0 ? INT32_MAX : INT32_MIN
    }
  }
}

/** Puts `value` into the first `count` values, which ascend. */
function insert(sorted: Float64Array, count: number, value: number): void {
  let at = count
  for (; at > 0 && (sorted[at - 1] as number) > value; at--) sorted[at] = sorted[at - 1] as number
  sorted[at] = value
}
