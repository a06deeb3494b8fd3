// Reads records: strict, without an object for each, and never past the bytes it was given. It takes 32 bits at a time, counts ones
// by the leading zeros of their complement, and checks every place before it goes on; since places ascend below the chunk's size, no
// input makes it read much further than the longest record. Such a step beyond the record's end is harmless where other bytes follow.
// Where none do, and wherever something is wrong, the record is read once more from a copy with zeros behind it, which says exactly
// what is wrong.

import { isCanonicalRatio, lowMagnitude, MAX_MAGNITUDE_CODE, magnitudeValue } from './magnitude.ts'
import { type RecordFault, recordFault } from './recordFault.ts'
import { MAX_K, type RecordShape } from './recordShape.ts'
import { CHUNK } from './tags.ts'

/** Bytes that a step may look at beyond the longest record: one run of ones and the window after it. */
const MARGIN = 16
/** Bits of a 32-bit window that are always there, whatever bit of its first byte it starts at. */
const WINDOW_BITS = 25

/** Where records lie. The view is over the same bytes. */
export interface RecordBytes {
  readonly bytes: Uint8Array
  readonly view: DataView
}

/** @param bytes may be shared memory, but nobody may write to them while they are read. */
export function recordBytesOf(bytes: Uint8Array): RecordBytes {
  return { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength) }
}

/** Reusable; holds what the last record said. */
export class RecordReader {
  /** place * 2 + (1 if negative), the high ones first, each group ascending. */
  readonly entries = new Uint16Array(MAX_K)
  /** Magnitudes, in units of 2^-24. */
  low = 0
  high = 0
  readonly #isHigh = new Uint32Array(CHUNK / 32)
  #copy = recordBytesOf(new Uint8Array(0))
  #fault: RecordFault = 'contribution/record-length'

  /**
   * Reads the record that starts at byte `start` and ends at or before byte `end`; `isLast`: exactly there.
   * @returns the first byte after it.
   * @throws `contribution/record-length`, `contribution/record-magnitude`, `contribution/record-index`, `contribution/record-canonical`
   */
  read(source: RecordBytes, start: number, end: number, isLast: boolean, shape: RecordShape): number {
    if (start + shape.maxBytes + MARGIN <= source.bytes.length) {
      const stop = this.#scan(source.view, start, end, isLast, shape)
      if (stop >= 0) return stop
    }
    const stop = this.#scan(this.#padded(source.bytes, start, end, shape), 0, end - start, isLast, shape)
    if (stop < 0) throw recordFault(this.#fault, { start, end, valid: shape.valid })
    return start + stop
  }

  /** The record's bytes with zeros behind them. */
  #padded(bytes: Uint8Array, start: number, end: number, shape: RecordShape): DataView {
    const size = shape.maxBytes + 2 * MARGIN
    if (this.#copy.bytes.length < size) this.#copy = recordBytesOf(new Uint8Array(size))
    this.#copy.bytes.fill(0)
    this.#copy.bytes.set(bytes.subarray(start, Math.min(end, start + shape.maxBytes + MARGIN)))
    return this.#copy.view
  }

  /** As read, but -1 with the fault noted. */
  #scan(view: DataView, start: number, end: number, isLast: boolean, shape: RecordShape): number {
    if (end - start < 2) return this.#refuse('contribution/record-length')
    const head = view.getUint16(start)
    const code = head >>> 6
    const ratio = head & 63
    if (code === 0 || code > MAX_MAGNITUDE_CODE) return this.#refuse('contribution/record-magnitude')
    this.high = magnitudeValue(code)
    this.low = lowMagnitude(this.high, ratio)
    if (!isCanonicalRatio(this.high, ratio) || (shape.highs === 0 && this.low !== this.high))
      return this.#refuse('contribution/record-canonical')
    const limit = 8 * (end - start)
    this.#isHigh.fill(0)
    let bit = this.#scanGroup(view, start, 16, limit, shape, true)
    if (bit >= 0) bit = this.#scanGroup(view, start, bit, limit, shape, false)
    if (bit < 0) return -1
    const stop = start + ((bit + 7) >>> 3)
    if (isLast && stop !== end) return this.#refuse('contribution/record-length')
    const padding = -bit & 7
    if ((view.getUint8(stop - 1) & ((1 << padding) - 1)) !== 0) return this.#refuse('contribution/record-canonical')
    return stop
  }

  /** The entries of one group, from bit `from` after byte `start`. Returns the bit after them, or -1. */
  #scanGroup(
    view: DataView,
    start: number,
    from: number,
    limit: number,
    { valid, entries: count, highs, highRice, lowRice }: RecordShape,
    isHigh: boolean,
  ): number {
    const entries = this.entries
    const isHighAt = this.#isHigh
    const rice = isHigh ? highRice : lowRice
    const longest = WINDOW_BITS - 2 - rice
    const last = isHigh ? highs : count
    let bit = from
    let next = 0
    for (let i = isHigh ? 0 : highs; i < last; i++) {
      let window = view.getUint32(start + (bit >>> 3)) << (bit & 7)
      let ones = Math.clz32(~window)
      let base = next
      if (ones > longest) {
        const run = countOnes(view, start, bit, (valid - next) >>> rice)
        base += run << rice
        bit += run
        window = view.getUint32(start + (bit >>> 3)) << (bit & 7)
        ones = 0
      }
      // The zero, the plain bits, the sign.
      const rest = window << (ones + 1)
      const least = base + (ones << rice)
      const place = least + ((rest >>> 1) >>> (31 - rice))
      bit += ones + rice + 2
      if (place >= valid || bit > limit)
        return this.#refuse(least >= valid || bit <= limit ? 'contribution/record-index' : 'contribution/record-length')
      const mask = 1 << (place & 31)
      const word = isHighAt[place >>> 5] as number
      if (isHigh) isHighAt[place >>> 5] = word | mask
      else if ((word & mask) !== 0) return this.#refuse('contribution/record-canonical')
      entries[i] = (place << 1) | ((rest << rice) >>> 31)
      next = place + 1
    }
    return bit
  }

  #refuse(fault: RecordFault): number {
    this.#fault = fault
    return -1
  }
}

/** The ones from bit `from` after byte `start`, counted in pieces and no further than some 24 beyond `most`. */
function countOnes(view: DataView, start: number, from: number, most: number): number {
  let ones = 0
  while (ones <= most) {
    const bit = from + ones
    const window = view.getUint32(start + (bit >>> 3)) << (bit & 7)
    const piece = Math.min(Math.clz32(~window), WINDOW_BITS - 1)
    ones += piece
    if (piece < WINDOW_BITS - 1) break
  }
  return ones
}
