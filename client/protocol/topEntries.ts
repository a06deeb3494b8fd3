// The n entries of largest magnitude of a chunk, exactly: a histogram over the upper bits finds the bin in which the n-th lies, and
// only that bin is sorted. Of equal magnitudes the lower place wins, so the choice is the same on every machine.

import { TesseraError } from './errors.ts'
import { CHUNK } from './tags.ts'

/** Exponent and three mantissa bits of a float32: 2048 bins, eight an octave. */
const SHIFT = 20
const BINS = 2048
const MAGNITUDE_BITS = 0x7fff_ffff
/** Keys from here on are infinities and NaNs. */
const NON_FINITE_KEY = 0x7f80_0000

/** Reusable: one for a whole update, not one a chunk. */
export class TopEntries {
  readonly #histogram = new Uint32Array(BINS)
  readonly #places = new Uint16Array(CHUNK)
  readonly #keys = new Uint32Array(CHUNK)
  readonly #bin = new Uint32Array(CHUNK)

  /**
   * Writes the places (within the chunk, ascending) of its n largest magnitudes to `out` from `at` on.
   * @param bits the update seen as the bit patterns of its float32 entries.
   * @throws `compress/non-finite`
   */
  select(
    bits: Int32Array,
    chunk: { readonly offset: number; readonly valid: number },
    n: number,
    out: Uint16Array,
    at: number,
  ): void {
    const threshold = this.#thresholdBin(bits, chunk, n)
    const places = this.#places
    const keys = this.#keys
    const { offset } = chunk
    const end = offset + chunk.valid
    const floor = threshold << SHIFT
    let found = 0
    let inBin = 0
    for (let i = offset; i < end; i++) {
      const key = (bits[i] as number) & MAGNITUDE_BITS
      if (key < floor) continue
      places[found] = i - offset
      keys[found++] = key
      if (key >>> SHIFT === threshold) this.#bin[inBin++] = key
    }
    const wantedOfBin = n - (found - inBin)
    const sorted = this.#bin.subarray(0, inBin).sort()
    const last = sorted[inBin - wantedOfBin] as number
    let ties = wantedOfBin
    for (let i = inBin - 1; i >= 0 && (sorted[i] as number) > last; i--) ties--
    for (let i = 0, to = at; i < found; i++) {
      const key = keys[i] as number
      if (key < last || (key === last && ties-- <= 0)) continue
      out[to++] = places[i] as number
    }
  }

  /** The greatest bin such that it and those above it hold at least n entries. */
  #thresholdBin(bits: Int32Array, chunk: { readonly offset: number; readonly valid: number }, n: number): number {
    const histogram = this.#histogram.fill(0)
    const end = chunk.offset + chunk.valid
    for (let i = chunk.offset; i < end; i++) {
      const bin = ((bits[i] as number) & MAGNITUDE_BITS) >>> SHIFT
      histogram[bin] = (histogram[bin] as number) + 1
    }
    let bin = BINS - 1
    for (; bin >= NON_FINITE_KEY >>> SHIFT; bin--) if (histogram[bin] !== 0) throw nonFinite()
    let above = 0
    for (; bin > 0; bin--) {
      above += histogram[bin] as number
      if (above >= n) break
    }
    return bin
  }
}

function nonFinite(): TesseraError {
  return new TesseraError('compress/non-finite', 'the update holds an infinity or NaN', {
    hint: 'Training diverged: lower the learning rate, or start the round again from the last final state',
  })
}
