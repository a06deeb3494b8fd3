import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { bytesToHex, type Hex, hexToBytes } from './hex.ts'
import { lowMagnitude, MAX_MAGNITUDE, magnitudeValue } from './magnitude.ts'
import { type ChunkRecord, decodeRecord, encodeRecord } from './record.ts'
import { recordShape } from './recordShape.ts'
import { anyRecord, type RecordCase } from './records.fixture.ts'
import { readCases, readRows, type VectorCase, vectorUrl } from './vectors.fixture.ts'

const readVectors = (name: string): VectorCase => JSON.parse(readFileSync(vectorUrl(name), 'utf8')) as VectorCase

/** The record as a string of bits, straight from the README. */
function slowBits({ valid, k, record }: RecordCase): string {
  const n = Math.min(k, valid)
  const h = Math.floor(n / 5)
  const codes = Array.from({ length: 863 }, (_, i) => i + 1)
  const code = codes.find((m) => magnitudeValue(m) === record.hi)!
  const ratios = Array.from({ length: 64 }, (_, i) => i)
  const ratio = ratios.find((r) => Math.max(1, Math.floor((record.hi * (r + 1)) / 64)) === record.lo)!
  let bits = code.toString(2).padStart(10, '0') + ratio.toString(2).padStart(6, '0')
  for (const [from, to] of [
    [0, h],
    [h, n],
  ] as const) {
    const scaled = Math.floor(((2 * valid - (to - from)) * 31) / (64 * (to - from + 1)))
    const b = Math.max(0, (scaled === 0 ? 0 : scaled.toString(2).length) - 1)
    let previous = -1
    for (let i = from; i < to; i++) {
      const gap = record.indices[i]! - previous - 1
      const low = b === 0 ? '' : (gap % 2 ** b).toString(2).padStart(b, '0')
      bits += `${'1'.repeat(Math.floor(gap / 2 ** b))}0${low}${record.signs[i]! < 0 ? '1' : '0'}`
      previous = record.indices[i]!
    }
  }
  return bits.padEnd(8 * Math.ceil(bits.length / 8), '0')
}

const bitsOf = (bytes: Uint8Array): string => [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('')

/** The record in these bytes; undefined if they are refused, which must be with one of four codes. */
function readOrRefuse(bytes: Uint8Array, valid: number, k: number): ChunkRecord | undefined {
  try {
    return decodeRecord(bytes, valid, k)
  } catch (error) {
    assert.match(String((error as { code?: string }).code), /^contribution\/record-(length|magnitude|index|canonical)$/)
    return undefined
  }
}

test('a record is the bits of the README, and survives', () => {
  fc.assert(
    fc.property(anyRecord, (item) => {
      const { valid, k, record } = item
      const bytes = encodeRecord(record, valid, k)
      assert.equal(bitsOf(bytes), slowBits(item))
      const { minBytes, maxBytes } = recordShape(valid, k)
      assert.ok(bytes.length >= minBytes && bytes.length <= maxBytes)
      assert.deepEqual(decodeRecord(bytes, valid, k), record)
    }),
    { numRuns: 300 },
  )
})

test('whatever bytes decode are the one encoding of what they say', () => {
  fc.assert(
    fc.property(anyRecord, fc.nat(), fc.nat({ max: 7 }), ({ valid, k, record }, at, bit) => {
      const bytes = encodeRecord(record, valid, k)
      bytes[at % bytes.length]! ^= 1 << bit
      const read = readOrRefuse(bytes, valid, k)
      if (read === undefined) return
      assert.deepEqual(encodeRecord(read, valid, k), bytes)
      assert.notDeepEqual(read, record, 'another encoding is another record')
    }),
    { numRuns: 2000 },
  )
})

test('random bytes never do more than fail', () => {
  // Many ones and many zeros: what runs far, and what decodes.
  const byte = fc.oneof(fc.nat({ max: 255 }), fc.constantFrom(0, 0xff, 0x01, 0x80, 0xfe))
  fc.assert(
    fc.property(
      fc.array(byte, { maxLength: 120 }),
      fc.oneof(fc.integer({ min: 1, max: 4096 }), fc.integer({ min: 1, max: 12 })),
      fc.integer({ min: 1, max: 64 }),
      (list, valid, k) => {
        const bytes = Uint8Array.from(list)
        const read = readOrRefuse(bytes, valid, k)
        if (read !== undefined) assert.deepEqual(encodeRecord(read, valid, k), bytes)
      },
    ),
    { numRuns: 3000 },
  )
})

test('a run of ones as long as memory is refused after the first record’s worth of it', () => {
  const bytes = new Uint8Array(2 ** 24).fill(0xff)
  bytes.set([0x32, 0x1e])
  assert.throws(() => decodeRecord(bytes, 4096, 64), { code: 'contribution/record-index' })
})

test('the golden vectors hold', () => {
  const file = readVectors('record')
  type Good = { valid: number; k: number; record: Hex; lo: number; hi: number; indices: number[]; signs: number[] }
  for (const { valid, k, record, ...fields } of readCases<Good>(file)) {
    const read = decodeRecord(hexToBytes(record), valid, k)
    assert.deepEqual({ ...read, indices: [...read.indices], signs: [...read.signs] }, fields)
    assert.equal(bytesToHex(encodeRecord(read, valid, k)), record)
  }
  type Bad = { invalidValid: number; invalidK: number; invalidRecord: Hex; invalidCode: string }
  const codes = new Set<string>()
  for (const { invalidValid, invalidK, invalidRecord, invalidCode } of readRows<Bad>({ ...file }, 'invalidCount')) {
    assert.throws(() => decodeRecord(hexToBytes(invalidRecord), invalidValid, invalidK), { code: invalidCode })
    codes.add(invalidCode)
  }
  const all = [
    'contribution/record-canonical',
    'contribution/record-index',
    'contribution/record-length',
    'contribution/record-magnitude',
  ]
  assert.deepEqual([...codes].sort(), all)
})

test('the encoder refuses what no decoder would take', () => {
  const hi = magnitudeValue(500)
  const lo = lowMagnitude(hi, 20)
  const good = { lo, hi, indices: Uint16Array.of(50, 3, 7, 60, 99), signs: Int8Array.of(1, -1, 1, 1, -1) }
  const refuse = (change: Partial<ChunkRecord>, code: string): void =>
    assert.throws(() => encodeRecord({ ...good, ...change }, 100, 5), { code })
  assert.deepEqual(decodeRecord(encodeRecord(good, 100, 5), 100, 5), good)
  for (const change of [
    { lo: 0 },
    { lo: hi + 1 },
    { lo: lo + 1 },
    { hi: hi + 1 },
    { hi: MAX_MAGNITUDE + 1 },
    { lo: 0.5 },
  ])
    refuse(change, 'contribution/record-magnitude')
  refuse({ indices: Uint16Array.of(50, 7, 3, 60, 99) }, 'contribution/record-index')
  refuse({ indices: Uint16Array.of(50, 3, 7, 60, 100) }, 'contribution/record-index')
  refuse({ indices: Uint16Array.of(40_000, 3, 7, 60, 99) }, 'contribution/record-index')
  refuse({ indices: Uint16Array.of(7, 3, 7, 60, 99) }, 'contribution/record-canonical')
  refuse({ signs: Int8Array.of(1, -1, 0, 1, -1) }, 'contribution/record-canonical')
  refuse({ signs: Int8Array.of(1, -1) }, 'contribution/record-canonical')
  refuse({ indices: Uint16Array.of(3), signs: Int8Array.of(1) }, 'contribution/record-canonical')
  // No entry is high, so there is one magnitude.
  const few = { lo, hi, indices: Uint16Array.of(3), signs: Int8Array.of(1) }
  assert.throws(() => encodeRecord(few, 100, 1), { code: 'contribution/record-canonical' })
})
