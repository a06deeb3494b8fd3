// Writes a record (contracts/README.md section 4). Entries come as numbers place * 2 + (1 if negative), the high ones first, each
// group ascending: the form in which encoder, decoder and update rule hand them on, without an object for each record.

import type { BitWriter } from './bits.ts'
import { isCanonicalRatio, lowMagnitude, MAX_MAGNITUDE_CODE, magnitudeValue, RATIOS } from './magnitude.ts'
import { recordFault } from './recordFault.ts'
import type { RecordShape } from './recordShape.ts'

/** The longest piece that BitWriter takes. */
const PIECE_BITS = 24

/**
 * Writes a record whose parts are known to be right: see checkRecord.
 * @param code magnitude code of the high level, @param ratio of the low one, the least that gives its value.
 * @returns the first byte after it.
 */
export function writeRecord(
  bits: BitWriter,
  code: number,
  ratio: number,
  entries: Uint16Array,
  shape: RecordShape,
): number {
  bits.write((code << 6) | ratio, 16)
  writeGroup(bits, entries, 0, shape.highs, shape.highRice)
  writeGroup(bits, entries, shape.highs, shape.entries, shape.lowRice)
  return bits.finish()
}

function writeGroup(bits: BitWriter, entries: Uint16Array, from: number, to: number, rice: number): void {
  const plain = (1 << rice) - 1
  let next = 0
  for (let i = from; i < to; i++) {
    const entry = entries[i] as number
    const place = entry >>> 1
    const gap = place - next
    next = place + 1
    const ones = gap >>> rice
    // The zero that ends the ones, the plain bits and the sign.
    const tail = ((gap & plain) << 1) | (entry & 1)
    const tailBits = rice + 2
    if (ones + tailBits <= PIECE_BITS) bits.write((((1 << ones) - 1) << tailBits) | tail, ones + tailBits)
    else {
      bits.writeOnes(ones)
      bits.write(tail, tailBits)
    }
  }
}

/**
 * Refuses what no decoder would take.
 * @throws `contribution/record-magnitude`, `contribution/record-canonical`, `contribution/record-index`
 */
export function checkRecord(code: number, ratio: number, entries: Uint16Array, shape: RecordShape): void {
  if (!Number.isInteger(code) || code < 1 || code > MAX_MAGNITUDE_CODE)
    throw recordFault('contribution/record-magnitude', { code })
  const high = magnitudeValue(code)
  const isRatio = Number.isInteger(ratio) && ratio >= 0 && ratio < RATIOS && isCanonicalRatio(high, ratio)
  const isSingle = shape.highs > 0 || lowMagnitude(high, ratio) === high
  const places = entries.map((entry) => entry >>> 1)
  if (!isRatio || !isSingle || entries.length !== shape.entries || new Set(places).size !== places.length)
    throw recordFault('contribution/record-canonical', { code, ratio, entries: entries.length })
  checkAscent(places.subarray(0, shape.highs), shape.valid)
  checkAscent(places.subarray(shape.highs), shape.valid)
}

function checkAscent(places: Uint16Array, valid: number): void {
  let next = 0
  for (const place of places) {
    if (place < next || place >= valid) throw recordFault('contribution/record-index', { place, valid })
    next = place + 1
  }
}
