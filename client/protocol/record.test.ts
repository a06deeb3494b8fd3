import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { bytesToHex, type Hex, hexToBytes } from './hex.ts'
import { MAX_MAGNITUDE_CODE } from './magnitude.ts'
import {
  type ChunkRecord,
  decodeRecord,
  encodeRecord,
  entriesOf,
  maxRecordBytes,
  minRecordBytes,
  riceParameter,
} from './record.ts'
import { readCases, readRows, type VectorCase, vectorUrl } from './vectors.fixture.ts'

const readVectors = (name: string): VectorCase => JSON.parse(readFileSync(vectorUrl(name), 'utf8')) as VectorCase

interface Shape {
  readonly valid: number
  readonly k: number
  readonly record: ChunkRecord
}

const shape: fc.Arbitrary<Shape> = fc
  .record({ valid: fc.integer({ min: 1, max: 4096 }), k: fc.integer({ min: 1, max: 200 }) })
  .chain(({ valid, k }) => {
    const n = entriesOf(valid, k)
    return fc.record({
      valid: fc.constant(valid),
      k: fc.constant(k),
      places: fc.uniqueArray(fc.nat({ max: valid - 1 }), { minLength: n, maxLength: n }),
      signs: fc.array(fc.boolean(), { minLength: n, maxLength: n }),
      highs: fc.array(fc.boolean(), { minLength: n, maxLength: n }),
      codes: fc.tuple(fc.integer({ min: 1, max: MAX_MAGNITUDE_CODE }), fc.integer({ min: 1, max: MAX_MAGNITUDE_CODE })),
    })
  })
  .map(({ valid, k, places, signs, highs, codes }) => {
    const mixed = highs.includes(true) && highs.includes(false) && codes[0] !== codes[1]
    const levels = Int8Array.from(signs, (negative, i) => (negative ? -1 : 1) * (mixed && highs[i] ? 2 : 1))
    const [lo, hi] = mixed ? codes.toSorted((a, b) => a - b) : [codes[0], codes[0]]
    return { valid, k, record: { lo: lo!, hi: hi!, indices: Uint16Array.from(places).sort(), levels } }
  })

/** The record as a string of bits, straight from the README. */
function slowBits({ valid, k, record }: Shape): string {
  const n = Math.min(k, valid)
  const b = Math.max(0, Math.floor(valid / n).toString(2).length - 2)
  const u16 = (code: number): string => code.toString(2).padStart(16, '0')
  let bits = u16(record.lo) + u16(record.hi)
  let previous = -1
  for (const index of record.indices) {
    const gap = index - previous - 1
    const low = b === 0 ? '' : (gap % 2 ** b).toString(2).padStart(b, '0')
    bits += `${'1'.repeat(Math.floor(gap / 2 ** b))}0${low}`
    previous = index
  }
  for (const level of record.levels) bits += level < 0 ? '1' : '0'
  for (const level of record.levels) bits += Math.abs(level) === 2 ? '1' : '0'
  return bits.padEnd(8 * Math.ceil(bits.length / 8), '0')
}

const bitsOf = (bytes: Uint8Array): string => [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('')

test('a record is the bits of the README, and survives', () => {
  fc.assert(
    fc.property(shape, (item) => {
      const { valid, k, record } = item
      const bytes = encodeRecord(record, valid, k)
      assert.equal(bitsOf(bytes), slowBits(item))
      assert.ok(bytes.length >= minRecordBytes(valid, k) && bytes.length <= maxRecordBytes(valid, k))
      assert.deepEqual(decodeRecord(bytes, valid, k), record)
    }),
  )
})

test('whatever bytes decode are the one encoding of what they say', () => {
  fc.assert(
    fc.property(shape, fc.nat(), fc.nat({ max: 7 }), ({ valid, k, record }, at, bit) => {
      const bytes = encodeRecord(record, valid, k)
      bytes[at % bytes.length]! ^= 1 << bit
      let read: ChunkRecord
      try {
        read = decodeRecord(bytes, valid, k)
      } catch (error) {
        assert.match((error as { code: string }).code, /^contribution\/record-/)
        return
      }
      assert.deepEqual(encodeRecord(read, valid, k), bytes)
      assert.notDeepEqual(read, record, 'another encoding is another record')
    }),
    { numRuns: 2000 },
  )
})

test('random bytes never do more than fail', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 120 }),
      fc.integer({ min: 1, max: 4096 }),
      fc.integer({ min: 1, max: 64 }),
      (bytes, valid, k) => {
        try {
          assert.deepEqual(encodeRecord(decodeRecord(bytes, valid, k), valid, k), bytes)
        } catch (error) {
          assert.match((error as { code: string }).code, /^contribution\/record-/)
        }
      },
    ),
  )
})

test('lengths stay within what the length table can say', () => {
  for (const valid of [1, 2, 63, 64, 100, 1023, 1024, 2047, 2048, 4095, 4096])
    for (let k = 1; k <= 512; k++)
      assert.ok(maxRecordBytes(valid, k) - minRecordBytes(valid, k) <= 255, `${valid} ${k}`)
  assert.deepEqual(
    [riceParameter(4096, 64), riceParameter(4096, 60), riceParameter(64, 64), riceParameter(4096, 1)],
    [5, 5, 0, 11],
  )
})

test('the golden vectors hold', () => {
  const file = readVectors('record')
  type Good = { valid: number; k: number; record: Hex; lo: number; hi: number; indices: number[]; levels: number[] }
  for (const { valid, k, record, ...fields } of readCases<Good>(file)) {
    const { lo, hi, indices, levels } = decodeRecord(hexToBytes(record), valid, k)
    assert.deepEqual({ lo, hi, indices: [...indices], levels: [...levels] }, fields)
    assert.equal(bytesToHex(encodeRecord({ lo, hi, indices, levels }, valid, k)), record)
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
  const good = { lo: 5, hi: 9, indices: Uint16Array.of(3, 7), levels: Int8Array.of(1, -2) }
  const refuse = (change: Partial<ChunkRecord>, code: string): void =>
    assert.throws(() => encodeRecord({ ...good, ...change }, 100, 2), { code })
  assert.equal(encodeRecord(good, 100, 2).length > 0, true)
  refuse({ lo: 0 }, 'contribution/record-magnitude')
  refuse({ lo: 10 }, 'contribution/record-magnitude')
  refuse({ hi: MAX_MAGNITUDE_CODE + 1 }, 'contribution/record-magnitude')
  refuse({ indices: Uint16Array.of(7, 7) }, 'contribution/record-index')
  refuse({ indices: Uint16Array.of(3, 100) }, 'contribution/record-index')
  refuse({ levels: Int8Array.of(1, 1) }, 'contribution/record-canonical')
  refuse({ levels: Int8Array.of(2, 2) }, 'contribution/record-canonical')
  refuse({ levels: Int8Array.of(0, 2) }, 'contribution/record-canonical')
  refuse({ levels: Int8Array.of(3, 1) }, 'contribution/record-canonical')
  refuse({ hi: 5 }, 'contribution/record-canonical')
  refuse({ indices: Uint16Array.of(3) }, 'contribution/record-canonical')
})
