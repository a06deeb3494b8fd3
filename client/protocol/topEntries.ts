// The n entries of largest magnitude of a chunk, and the h largest of those, exactly. A floor that the n-th magnitude will hardly
// miss leaves a few candidates after one pass over the chunk; two partial sorts of these find both bounds. A floor that was guessed
// badly costs time and changes nothing. Of equal magnitudes the lower place wins, so the choice is the same on every machine.
// Magnitudes are compared by the bits of their float32, which have the same order.

import { nonFinite, SLACK } from './chunkEncoder.ts'
import { MAX_K, type RecordShape } from './recordShape.ts'
import { CHUNK } from './tags.ts'

const MAGNITUDE_BITS = 0x7fff_ffff
/** Keys from here on are infinities and NaNs. */
const NON_FINITE_KEY = 0x7f80_0000
/** Every so manieth entry is in the sample: prime, so that no row length of a matrix is in step with it. */
const SAMPLE_STRIDE = 17

/** A chunk of an update, and its float32 as bit patterns: views on the same memory. */
export interface FloatBits {
  readonly values: Float32Array
  readonly bits: Int32Array
}

export function floatBits(values: Float32Array): FloatBits {
  return { values, bits: new Int32Array(values.buffer, values.byteOffset, values.length) }
}

/** Reusable: one for consecutive chunks, whose magnitudes tend to be alike. */
export class TopEntries {
  /** place * 2 + (1 if negative), the high ones first, each group ascending. */
  readonly entries = new Uint16Array(MAX_K)
  /** Sums of magnitudes of the h high and of the other entries, added in ascending order of place. */
  highSum = 0
  lowSum = 0
  readonly #places = new Uint16Array(CHUNK)
  readonly #keys = new Int32Array(CHUNK)
  #floor = NON_FINITE_KEY

  /**
   * Chooses from the `shape.valid` entries of a chunk.
   * @throws `compress/non-finite`
   */
  select(chunk: FloatBits, shape: RecordShape): void {
    const { valid, entries, highs } = shape
    let found = this.#candidates(chunk.bits, valid, this.#floor)
    if (found < entries) found = this.#candidates(chunk.bits, valid, this.#sampledFloor(chunk.bits, shape))
    if (found < entries) found = this.#candidates(chunk.bits, valid, 0)
    const keys = this.#keys
    this.#readKeys(chunk.bits, found)
    moveLargestFirst(keys, found, entries)
    const least = keys[entries - 1] as number
    const ties = tiesAmong(keys, entries, least)
    if (highs > 0) moveLargestFirst(keys, entries, highs)
    const leastHigh = highs > 0 ? (keys[highs - 1] as number) : NON_FINITE_KEY
    const highTies = tiesAmong(keys, highs, leastHigh)
    this.#floor = Math.max(0, least - SLACK)
    this.#collect(chunk, found, highs, { least, ties, leastHigh, highTies })
  }

  /** Notes the places whose keys are at least `floor`, ascending. */
  #candidates(bits: Int32Array, valid: number, floor: number): number {
    const places = this.#places
    let found = 0
    for (let i = 0; i < valid; i++) if (((bits[i] as number) & MAGNITUDE_BITS) >= floor) places[found++] = i
    return found
  }

  /** A key that about two and a half times as many entries reach as are wanted. */
  #sampledFloor(bits: Int32Array, { valid, entries }: RecordShape): number {
    const keys = this.#keys
    let count = 0
    for (let i = 0; i < valid; i += SAMPLE_STRIDE) keys[count++] = (bits[i] as number) & MAGNITUDE_BITS
    const rank = Math.ceil((2 * entries * count) / valid) + 3
    if (rank >= count) return 0
    moveLargestFirst(keys, count, rank)
    return keys[rank - 1] as number
  }

  #readKeys(bits: Int32Array, found: number): void {
    for (let i = 0; i < found; i++) {
      const key = (bits[this.#places[i] as number] as number) & MAGNITUDE_BITS
      if (key >= NON_FINITE_KEY) throw nonFinite()
      this.#keys[i] = key
    }
  }

  /** Writes down the candidates that are chosen. */
  #collect(
    { values, bits }: FloatBits,
    found: number,
    highs: number,
    bounds: { readonly least: number; readonly ties: number; readonly leastHigh: number; readonly highTies: number },
  ): void {
    const { least, leastHigh } = bounds
    const entries = this.entries
    let { ties, highTies } = bounds
    let high = 0
    let low = highs
    let highSum = 0
    let lowSum = 0
    for (let i = 0; i < found; i++) {
      const place = this.#places[i] as number
      const key = (bits[place] as number) & MAGNITUDE_BITS
      if (key < least || (key === least && --ties < 0)) continue
      const value = values[place] as number
      const entry = (place << 1) | (value < 0 ? 1 : 0)
      if (key > leastHigh || (key === leastHigh && --highTies >= 0)) {
        entries[high++] = entry
        highSum += Math.abs(value)
      } else {
        entries[low++] = entry
        lowSum += Math.abs(value)
      }
    }
    this.highSum = highSum
    this.lowSum = lowSum
  }
}

/** How many of the first `count` are equal to the least of them. */
function tiesAmong(keys: Int32Array, count: number, least: number): number {
  let ties = 0
  for (let i = 0; i < count; i++) if (keys[i] === least) ties++
  return ties
}

/** Rearranges the first `count` keys so that the `wanted` largest come first and the least of those is the last of them (Hoare's quickselect). */
function moveLargestFirst(keys: Int32Array, count: number, wanted: number): void {
  const at = wanted - 1
  let left = 0
  let right = count - 1
  while (left < right) {
    const a = keys[left] as number
    const b = keys[(left + right) >>> 1] as number
    const c = keys[right] as number
    const pivot = Math.max(Math.min(a, b), Math.min(Math.max(a, b), c))
    let i = left
    let j = right
    while (i <= j) {
      while ((keys[i] as number) > pivot) i++
      while ((keys[j] as number) < pivot) j--
      if (i > j) break
      const swapped = keys[i] as number
      keys[i++] = keys[j] as number
      keys[j--] = swapped
    }
    if (at <= j) right = j
    else if (at >= i) left = i
    else return
  }
}
