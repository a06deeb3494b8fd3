import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { type AggregationParams, aggregate, aggregateChunk } from './aggregate.ts'
import { compressUpdate } from './compress.ts'
import { recordOf } from './contribution.ts'
import { type Hex, hexToBytes } from './hex.ts'
import { createLayout } from './layout.ts'
import { MAX_MAGNITUDE } from './magnitude.ts'
import { type ChunkRecord, decodeRecord } from './record.ts'
import { HEADER as header, recordsOf } from './records.fixture.ts'
import { INT32_MAX, INT32_MIN } from './tags.ts'
import { readCases, type VectorCase, vectorUrl } from './vectors.fixture.ts'

const readVectors = (name: string): VectorCase => JSON.parse(readFileSync(vectorUrl(name), 'utf8')) as VectorCase

/** The largest integer whose square is no larger. */
function floorRoot(value: bigint): bigint {
  let root = 0n
  for (let bit = 1n << 20n; bit > 0n; bit /= 2n) if ((root + bit) ** 2n <= value) root += bit
  return root
}

/** The rule of the README, word for word, in integers of any size (whose division truncates toward zero). */
function slowChunk(
  entries: readonly number[],
  all: readonly ChunkRecord[],
  { clipQ8, rateQ16 }: AggregationParams,
): number[] {
  const signAt = ({ indices, signs }: ChunkRecord, place: number): number => signs[indices.indexOf(place)] ?? 0
  const records = all.filter((record, own) => {
    const others = all.filter((_, other) => other !== own)
    const sides = [...record.indices].map((place) => {
      const votes = others.reduce((sum, other) => sum + signAt(other, place), 0)
      return Math.sign(votes) * signAt(record, place)
    })
    return sides.reduce((sum, side) => sum + side, 0) >= 0
  })
  if (records.length === 0) return [...entries]
  const bound = (values: readonly bigint[]): bigint => {
    const sorted = values.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0))
    return (sorted[Math.floor((values.length - 1) / 2)]! * BigInt(clipQ8)) / 256n
  }
  const least = (a: bigint, b: bigint): bigint => (a < b ? a : b)
  const lowBound = bound(all.map(({ lo }) => BigInt(lo)))
  const highBound = bound(all.map(({ hi }) => BigInt(hi)))
  return entries.map((entry, place) => {
    let sum = 0n
    let count = 0n
    for (const { lo, hi, indices, signs } of records) {
      const i = indices.indexOf(place)
      if (i < 0) continue
      const size = i < Math.floor(indices.length / 5) ? least(BigInt(hi), highBound) : least(BigInt(lo), lowBound)
      sum += signs[i]! < 0 ? -size : size
      count++
    }
    if (count === 0n) return entry
    const root = floorRoot(65_536n * count * BigInt(records.length))
    const next = BigInt(entry) - (((256n * sum) / root) * BigInt(rateQ16)) / 65_536n
    return Number(next > BigInt(INT32_MAX) ? INT32_MAX : next < BigInt(INT32_MIN) ? INT32_MIN : next)
  })
}

const VALID = 20
const K = 11
const record = recordsOf(VALID, K)
const records = fc.array(record, { minLength: 1, maxLength: 64 })
const params = fc.record({
  clipQ8: fc.oneof(fc.integer({ min: 1, max: 65_535 }), fc.constant(256)),
  rateQ16: fc.integer({ min: 0, max: 131_072 }),
})
const entries = fc.array(fc.oneof(fc.integer(), fc.constantFrom(INT32_MAX, INT32_MIN, 0)), {
  minLength: VALID,
  maxLength: VALID,
})

test('doubles give what integers of any size give', () => {
  fc.assert(
    fc.property(entries, records, params, (start, all, rule) => {
      const next = aggregateChunk(Int32Array.from(start), all, rule)
      assert.deepEqual([...next], slowChunk(start, all, rule))
    }),
    { numRuns: 1000 },
  )
})

test('the order of contributions does not matter', () => {
  fc.assert(
    fc.property(entries, records, params, fc.nat(), (start, all, rule, turn) => {
      const state = Int32Array.from(start)
      const by = turn % all.length
      const shuffled = [...all.slice(by), ...all.slice(0, by)].reverse()
      assert.deepEqual(aggregateChunk(state, shuffled, rule), aggregateChunk(state, all, rule))
    }),
  )
})

test('no contribution moves an entry by more than the clip allows', () => {
  fc.assert(
    fc.property(fc.array(record, { minLength: 2, maxLength: 20 }), record, (honest, hostile) => {
      const rule = { clipQ8: 256, rateQ16: 65_536 }
      const huge = { ...hostile, lo: MAX_MAGNITUDE, hi: MAX_MAGNITUDE }
      const next = aggregateChunk(new Int32Array(VALID), [...honest, huge], rule)
      const bound = Math.max(...honest.map(({ hi }) => hi))
      assert.ok(next.every((value) => Math.abs(value) <= bound))
    }),
  )
})

test('a record that contradicts the others is left out', () => {
  const of = (value: number, ...signs: number[]): ChunkRecord => ({
    lo: value,
    hi: value,
    indices: Uint16Array.from(signs.keys()),
    signs: Int8Array.from(signs),
  })
  const rule = { clipQ8: 256, rateQ16: 65_536 }
  const step = (...all: ChunkRecord[]): number[] => [...aggregateChunk(new Int32Array(4), all, rule)].map((x) => 0 - x)
  assert.deepEqual(step(of(8, 1, 1), of(8, 1, 1), of(9, -1, -1, 1)), [8, 8, 0, 0])
  assert.deepEqual(
    step(of(8, 1, 1), of(8, 1, 1), of(2, -1, 1, 1)),
    [4, 6, 1, 0],
    'for and against in balance: it counts',
  )
  assert.deepEqual(step(of(8, 1), of(8, -1)), [0, 0, 0, 0], 'two against each other')
  assert.deepEqual(step(of(8, 1)), [8, 0, 0, 0], 'one alone')
})

test('who says a thing alone moves it less: by the root of the share of those that say it', () => {
  const of = (...indices: number[]): ChunkRecord => ({
    lo: 1000,
    hi: 1000,
    indices: Uint16Array.from(indices),
    signs: Int8Array.from(indices, () => 1),
  })
  const next = aggregateChunk(new Int32Array(4), [of(0, 1, 2), of(0, 1), of(0, 1), of(0)], {
    clipQ8: 256,
    rateQ16: 65_536,
  })
  assert.deepEqual(
    [...next].map((x) => 0 - x),
    [1000, 866, 500, 0],
  )
})

test('entries saturate instead of wrapping', () => {
  const up: ChunkRecord = {
    lo: MAX_MAGNITUDE,
    hi: MAX_MAGNITUDE,
    indices: Uint16Array.of(0),
    signs: Int8Array.of(-1),
  }
  const down = { ...up, signs: Int8Array.of(1) }
  const rule = { clipQ8: 256, rateQ16: 131_072 }
  assert.deepEqual([...aggregateChunk(Int32Array.of(2 ** 30), [up], rule)], [INT32_MAX])
  assert.deepEqual([...aggregateChunk(Int32Array.of(-(2 ** 30)), [down], rule)], [INT32_MIN])
})

test('the mean is truncated toward zero before the rate, and the step again', () => {
  const of = (value: number, sign: number): ChunkRecord => ({
    lo: value,
    hi: value,
    indices: Uint16Array.of(0),
    signs: Int8Array.of(sign),
  })
  const step = (all: ChunkRecord[], rateQ16: number): number =>
    0 - aggregateChunk(Int32Array.of(0), all, { clipQ8: 65_535, rateQ16 })[0]!
  assert.equal(step([of(3, 1), of(4, 1)], 65_536), 3)
  assert.equal(step([of(3, -1), of(4, -1)], 65_536), -3)
  assert.equal(step([of(3, 1)], 32_768), 1)
  assert.equal(step([of(3, -1)], 32_768), -1)
  assert.equal(step([of(3, 1), of(3, -1)], 65_536), 0)
  assert.equal(step([of(1, 1), of(1, 1), of(300, 1)], 65_536), Math.trunc((1 + 1 + 255) / 3), 'clipped at 65 535 / 256')
})

test('the golden vectors hold', () => {
  type Case = {
    valid: number
    k: number
    clipQ8: number
    rateQ16: number
    entries: number[]
    records: Hex[]
    next: number[]
  }
  for (const { valid, k, records: encoded, entries: start, next, ...rule } of readCases<Case>(
    readVectors('aggregate'),
  )) {
    const all = encoded.map((bytes) => decodeRecord(hexToBytes(bytes), valid, k))
    assert.deepEqual([...aggregateChunk(Int32Array.from(start), all, rule)], next)
    assert.deepEqual(slowChunk(start, all, rule), next)
  }
})

const layout = createLayout([40, 7], 16)
const codec = { chunkSize: 16, k: 4 }
const contribution = (seed: number): ReturnType<typeof compressUpdate>['contribution'] => {
  const update = Float32Array.from({ length: layout.parameters }, (_, i) => Math.sin(seed * 31 + i * i))
  return compressUpdate({ update, layout, codec, header }).contribution
}

test('a state is aggregated chunk by chunk, and the old one is kept', () => {
  const state = Int32Array.from({ length: layout.parameters }, (_, i) => 1000 * i)
  const before = state.slice()
  const all = [contribution(1), contribution(2), contribution(3)]
  const rule = { clipQ8: 300, rateQ16: 60_000 }
  const next = aggregate(state, all, layout, rule)
  assert.deepEqual(state, before)
  for (const { index, offset, valid } of layout.chunks) {
    const chunk = aggregateChunk(
      state.slice(offset, offset + valid),
      all.map((item) => recordOf(item, layout.chunks[index]!)),
      rule,
    )
    assert.deepEqual(next.slice(offset, offset + valid), chunk)
  }
  assert.deepEqual(aggregate(state, [], layout, rule), state)
})

test('what does not belong together is refused', () => {
  const state = new Int32Array(layout.parameters)
  const rule = { clipQ8: 256, rateQ16: 65_536 }
  for (const bad of [
    { clipQ8: 0 },
    { clipQ8: 65_536 },
    { clipQ8: 1.5 },
    { rateQ16: -1 },
    { rateQ16: 131_073 },
    { rateQ16: 0.5 },
  ])
    assert.throws(() => aggregate(state, [], layout, { ...rule, ...bad }), { code: 'aggregate/bad-params' })
  assert.throws(() => aggregateChunk(state, [], { ...rule, clipQ8: 0 }), { code: 'aggregate/bad-params' })
  assert.throws(() => aggregate(new Int32Array(3), [], layout, rule), { code: 'aggregate/mismatch' })
  const many = Array.from({ length: 65 }, () => contribution(1))
  assert.throws(() => aggregate(state, many, layout, rule), { code: 'aggregate/mismatch' })
  assert.throws(
    () =>
      aggregateChunk(
        Int32Array.of(0),
        many.map((item) => recordOf(item, layout.chunks[0]!)),
        rule,
      ),
    { code: 'aggregate/mismatch' },
  )
  assert.throws(() => aggregate(new Int32Array(5), [contribution(1)], createLayout([5], 16), rule), {
    code: 'aggregate/mismatch',
  })
})
