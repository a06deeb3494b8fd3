// The n entries of largest magnitude of a chunk, and the h largest of those, exactly. A guess of the n-th magnitude, from a sample,
// leaves a few candidates after one pass over the chunk; two partial sorts of these find both bounds. A guess that is wrong costs
// time and changes nothing. Of equal magnitudes the lower place wins, so the choice is the same on every machine.

import { TesseraError } from './errors.ts'
import { MAX_K, type RecordShape } from './recordShape.ts'
import { CHUNK } from './tags.ts'

/** Every so manieth entry is in the sample: prime, so that no row length of a matrix is in step with it. */
const SAMPLE_STRIDE = 17
/** Chunks below this many entries are all candidates. */
const MIN_SAMPLED = 512

/** Reusable: one for a whole update, not one a chunk. */
export class TopEntries {
  /** place * 2 + (1 if negative), the high ones first, each group ascending. */
  readonly entries = new Uint16Array(MAX_K)
  /** Sums of magnitudes of the h high and the other entries, added in ascending order of place. */
  highSum = 0
  lowSum = 0
  readonly #places = new Uint16Array(CHUNK)
  readonly #sizes = new Float64Array(CHUNK)
  readonly #order = new Float64Array(CHUNK)

  /**
   * Chooses from the `shape.valid` entries of `update` from `offset` on.
   * @throws `compress/non-finite`
   */
  select(update: Float32Array, offset: number, shape: RecordShape): void {
    let found = this.#candidates(update, offset, shape.valid, this.#guess(update, offset, shape))
    if (found < shape.entries) found = this.#candidates(update, offset, shape.valid, 0)
    const order = this.#order
    for (let i = 0; i < found; i++) order[i] = this.#sizes[i] as number
    moveLargestFirst(order, found, shape.entries)
    const least = order[shape.entries - 1] as number
    const ties = tiesAmong(order, shape.entries, least)
    if (shape.highs > 0) moveLargestFirst(order, shape.entries, shape.highs)
    const leastHigh = shape.highs > 0 ? (order[shape.highs - 1] as number) : Number.POSITIVE_INFINITY
    this.#collect(update, offset, found, shape, {
      least,
      ties,
      leastHigh,
      highTies: tiesAmong(order, shape.highs, leastHigh),
    })
  }

  /** Writes down the candidates that are chosen. */
  #collect(
    update: Float32Array,
    offset: number,
    found: number,
    shape: RecordShape,
    bounds: { readonly least: number; readonly ties: number; readonly leastHigh: number; readonly highTies: number },
  ): void {
    const { least, leastHigh } = bounds
    const entries = this.entries
    let { ties, highTies } = bounds
    let high = 0
    let low = shape.highs
    let highSum = 0
    let lowSum = 0
    for (let i = 0; i < found; i++) {
      const size = this.#sizes[i] as number
      if (size < least || (size === least && --ties < 0)) continue
      const place = this.#places[i] as number
      const entry = (place << 1) | ((update[offset + place] as number) < 0 ? 1 : 0)
      if (size > leastHigh || (size === leastHigh && --highTies >= 0)) {
        entries[high++] = entry
        highSum += size
      } else {
        entries[low++] = entry
        lowSum += size
      }
    }
    this.highSum = highSum
    this.lowSum = lowSum
  }

  /** A magnitude that about two and a half times as many entries reach as are wanted. */
  #guess(update: Float32Array, offset: number, { valid, entries }: RecordShape): number {
    if (valid < MIN_SAMPLED || 4 * entries > valid) return 0
    const order = this.#order
    let count = 0
    for (let i = offset; i < offset + valid; i += SAMPLE_STRIDE) {
      const size = Math.abs(update[i] as number)
      // NaN would stop the partial sort; the pass over all entries refuses it.
      if (size < Number.POSITIVE_INFINITY) order[count++] = size
    }
    const rank = Math.min(count, Math.ceil((2 * entries * count) / valid) + 3)
    if (rank === 0) return 0
    moveLargestFirst(order, count, rank)
    return order[rank - 1] as number
  }

  /** Gathers the entries of at least `floor` in ascending order of place. */
  #candidates(update: Float32Array, offset: number, valid: number, floor: number): number {
    const places = this.#places
    const sizes = this.#sizes
    const end = offset + valid
    let found = 0
    for (let i = offset; i < end; i++) {
      const size = Math.abs(update[i] as number)
      // So that NaN comes in here too.
      if (size < floor) continue
      if (!(size < Number.POSITIVE_INFINITY)) throw nonFinite()
      places[found] = i - offset
      sizes[found++] = size
    }
    return found
  }
}

/** How many of the first `count` are equal to the least of them. */
function tiesAmong(values: Float64Array, count: number, least: number): number {
  let ties = 0
  for (let i = 0; i < count; i++) if (values[i] === least) ties++
  return ties
}

/** Rearranges the first `count` values so that the `wanted` largest come first and the least of those is the last of them (Hoare's quickselect). */
function moveLargestFirst(values: Float64Array, count: number, wanted: number): void {
  const at = wanted - 1
  let left = 0
  let right = count - 1
  while (left < right) {
    const a = values[left] as number
    const b = values[(left + right) >>> 1] as number
    const c = values[right] as number
    const pivot = Math.max(Math.min(a, b), Math.min(Math.max(a, b), c))
    let i = left
    let j = right
    while (i <= j) {
      while ((values[i] as number) > pivot) i++
      while ((values[j] as number) < pivot) j--
      if (i > j) break
      const swapped = values[i] as number
      values[i++] = values[j] as number
      values[j--] = swapped
    }
    if (at <= j) right = j
    else if (at >= i) left = i
    else return
  }
}

function nonFinite(): TesseraError {
  return new TesseraError('compress/non-finite', 'the update holds an infinity or NaN', {
    hint: 'Training diverged: lower the learning rate, or start the round again from the last final state',
  })
}
