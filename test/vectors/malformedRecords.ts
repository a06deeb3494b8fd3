// Records that a decoder refuses, each wrong in one thing, with the code that names it: contracts/README.md section 4. They are put
// together from bits, so that they do not depend on the encoder; the decoder of this tree must give the code stated here.

import { isTesseraError } from '@tessera/protocol/errors'
import { bytesToHex, type Hex } from '@tessera/protocol/hex'
import { decodeRecord } from '@tessera/protocol/record'

export interface MalformedRecord {
  readonly valid: number
  readonly k: number
  readonly record: Hex
  readonly code: string
}

const LENGTH = 'contribution/record-length'
const MAGNITUDE = 'contribution/record-magnitude'
const INDEX = 'contribution/record-index'
const CANONICAL = 'contribution/record-canonical'

const bin = (value: number, width: number): string => (width === 0 ? '' : value.toString(2).padStart(width, '0'))
const head = (code: number, ratio: number): string => bin(code, 10) + bin(ratio, 6)

/** A gap with its sign. */
const entry = (gap: number, rice: number, negative = false): string =>
  `${'1'.repeat(gap >>> rice)}0${bin(gap & ((1 << rice) - 1), rice)}${negative ? 1 : 0}`

/** Bits as bytes, filled up with zeros. */
function pack(...bits: readonly string[]): Uint8Array {
  const text = bits.join('')
  return Uint8Array.from({ length: Math.ceil(text.length / 8) }, (_, i) =>
    Number.parseInt(text.slice(8 * i, 8 * i + 8).padEnd(8, '0'), 2),
  )
}

// A full chunk with k = 5: one high entry, whose Rice parameter is 10, and four low ones with 9. Good as it stands.
const HIGH = entry(1000, 10)
const LOWS = [entry(7, 9, true), entry(600, 9), entry(0, 9), entry(2000, 9)]
const FIVE = [head(200, 30), HIGH, ...LOWS]
// A chunk of two entries, both sent, both low; parameter 0. Good as it stands.
const PAIR = [head(70, 63), entry(0, 0), entry(0, 0, true)]

type Case = readonly [valid: number, k: number, bytes: Uint8Array, code: string]

const CASES: readonly Case[] = [
  [4096, 5, new Uint8Array(0), LENGTH],
  [4096, 5, pack(head(200, 30)).slice(0, 1), LENGTH],
  [4096, 5, pack(head(200, 30)), LENGTH],
  [4096, 5, pack(...FIVE).slice(0, -1), LENGTH],
  [4096, 5, Uint8Array.of(...pack(...FIVE), 0), LENGTH],
  [4096, 5, Uint8Array.of(...pack(...FIVE), 0xff), LENGTH],
  [2, 2, Uint8Array.of(...pack(...PAIR), 0), LENGTH],
  // The high magnitude is nothing, or beyond the last code.
  [4096, 5, pack(head(0, 0), HIGH, ...LOWS), MAGNITUDE],
  [4096, 5, pack(head(864, 30), HIGH, ...LOWS), MAGNITUDE],
  [4096, 5, pack(head(1023, 63), HIGH, ...LOWS), MAGNITUDE],
  [2, 2, pack(head(0, 63), entry(0, 0), entry(0, 0)), MAGNITUDE],
  // A ratio whose magnitude a lesser one gives too: all of a magnitude of 1, 1 and 2 of 64ths of 32, the last but one of 63.
  [4096, 5, pack(head(1, 1), HIGH, ...LOWS), CANONICAL],
  [4096, 5, pack(head(1, 63), HIGH, ...LOWS), CANONICAL],
  [4096, 5, pack(head(32, 2), HIGH, ...LOWS), CANONICAL],
  [4096, 5, pack(head(2, 32), HIGH, ...LOWS), CANONICAL],
  // No high entry, and yet two magnitudes.
  [2, 2, pack(head(70, 62), entry(0, 0), entry(0, 0)), CANONICAL],
  [2, 2, pack(head(70, 0), entry(0, 0), entry(0, 0)), CANONICAL],
  [2, 2, pack(head(1, 63), entry(0, 0), entry(0, 0)), CANONICAL],
  // A place that is high already: the first low one, and the last.
  [4096, 5, pack(head(200, 30), entry(7, 10), ...LOWS), CANONICAL],
  [4096, 5, pack(head(200, 30), entry(7 + 601 + 1 + 2001, 10), ...LOWS), CANONICAL],
  // Beyond the chunk by its plain bits, by its ones, and by more ones than there are bits; and with no place left.
  [4000, 5, pack(head(200, 30), entry(4000, 10), ...LOWS), INDEX],
  [4096, 5, pack(head(200, 30), entry(4096, 10), ...LOWS), INDEX],
  [4096, 5, pack(head(200, 30), HIGH, ...LOWS.slice(0, 3), entry(4000, 9)), INDEX],
  [4096, 5, pack(head(200, 30), '1'.repeat(64)), INDEX],
  [4096, 5, pack(head(200, 30), HIGH, '1'.repeat(400)), INDEX],
  [4096, 5, pack(head(200, 30), '1'.repeat(8 * 1200)), INDEX],
  [2, 2, pack(head(70, 63), entry(1, 0), entry(0, 0)), INDEX],
  [2, 2, pack(head(70, 63), entry(0, 0), entry(1, 0)), INDEX],
  [1, 1, pack(head(70, 63), entry(1, 0)), INDEX],
  // Ones up to the end, but not beyond the chunk: more bits would be needed.
  [4096, 5, pack(head(200, 30), HIGH, ...LOWS.slice(0, 1), '111'), LENGTH],
  [4096, 1, pack(head(200, 63), '11'), LENGTH],
  // Something behind the last entry.
  [4096, 5, pack(...FIVE, '1'), CANONICAL],
  [4096, 5, pack(...FIVE, '0001'), CANONICAL],
  [2, 2, pack(...PAIR, '0001'), CANONICAL],
]

export function malformedRecords(): MalformedRecord[] {
  for (const [valid, k, bits] of [
    [4096, 5, FIVE],
    [2, 2, PAIR],
  ] as const)
    decodeRecord(pack(...bits), valid, k)
  return CASES.map(([valid, k, bytes, code]) => {
    const found = codeOf(() => decodeRecord(bytes, valid, k))
    if (found !== code) throw new Error(`${bytesToHex(bytes)} of ${valid}, k = ${k}: ${found} instead of ${code}`)
    return { valid, k, record: bytesToHex(bytes), code }
  })
}

function codeOf(attempt: () => unknown): string {
  try {
    attempt()
  } catch (error) {
    if (isTesseraError(error)) return error.code
    throw error
  }
  return 'no error'
}
