import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { compressUpdate } from './compress.ts'
import { decodeContribution, recordOf } from './contribution.ts'
import { createLayout } from './layout.ts'
import { encodeMagnitudeNearest, magnitudeValue } from './magnitude.ts'
import { STATE_SCALE } from './tags.ts'
import { chooseTwoLevels } from './twoLevels.ts'

const layout = createLayout([40, 3], 16)
const codec = { chunkSize: 16, k: 4 }
const header = {
  run: 1n,
  round: 1n,
  miner: `0x${'11'.repeat(20)}`,
  innerSteps: 1,
  samples: 8,
  baseRoot: `0x${'22'.repeat(32)}`,
} as const

// Many equal magnitudes and zeros, of both signs.
const entry = fc.oneof(
  fc.float({ noNaN: true, noDefaultInfinity: true, min: -2, max: 2 }),
  fc.constantFrom(0, -0, 0.5, -0.5, Math.fround(1e-9), Math.fround(1e-30), 1000),
)
const anUpdate = fc
  .array(entry, { minLength: layout.parameters, maxLength: layout.parameters })
  .map((entries) => Float32Array.from(entries))

test('the largest entries are sent, the lower place first among equals', () => {
  fc.assert(
    fc.property(anUpdate, (update) => {
      const { contribution } = compressUpdate({ update, layout, codec, header })
      for (const { index, offset, valid } of layout.chunks) {
        const places = Array.from({ length: valid }, (_, i) => i)
        places.sort((a, b) => Math.abs(update[offset + b]!) - Math.abs(update[offset + a]!) || a - b)
        const wanted = places.slice(0, Math.min(codec.k, valid)).sort((a, b) => a - b)
        assert.deepEqual([...recordOf(contribution, index).indices], wanted)
      }
    }),
  )
})

test('update = contribution + residual, and the blob says what the contribution does', () => {
  fc.assert(
    fc.property(anUpdate, (update) => {
      const before = update.slice()
      const { blob, contribution, residual } = compressUpdate({ update, layout, codec, header })
      assert.deepEqual(update, before, 'the update is not changed')
      assert.deepEqual(decodeContribution(blob, { layout, codec }), contribution)
      const rest = update.slice()
      for (const { index, offset } of layout.chunks) {
        const { lo, hi, indices, levels } = recordOf(contribution, index)
        for (const [i, place] of indices.entries()) {
          const level = levels[i]!
          const value = (Math.sign(level) * magnitudeValue(Math.abs(level) === 1 ? lo : hi)) / STATE_SCALE
          assert.equal(Math.fround(value), value)
          if (update[offset + place] !== 0) assert.equal(Math.sign(level), Math.sign(update[offset + place]!))
          rest[offset + place] = update[offset + place]! - value
        }
      }
      assert.deepEqual(residual, rest)
    }),
  )
})

test('the two levels have the least squared error of all splits', () => {
  const values = fc.array(fc.oneof(fc.double({ min: 0, max: 1e6, noNaN: true }), fc.constantFrom(0, 1, 5, 5000)), {
    minLength: 1,
    maxLength: 20,
  })
  fc.assert(
    fc.property(values, (list) => {
      const sorted = Float64Array.from(list).sort()
      const { lo, hi, highFrom } = chooseTwoLevels(sorted)
      const errorOf = (low: number, high: number, from: number): number =>
        sorted.reduce((sum, value) => sum + (value - (value >= from ? high : low)) ** 2, 0)
      const mean = (part: Float64Array): number => part.reduce((sum, value) => sum + value, 0) / part.length
      const found = errorOf(magnitudeValue(lo), magnitudeValue(hi), highFrom)
      for (let split = 1; split <= sorted.length; split++) {
        const low = mean(sorted.subarray(0, split))
        const high = split === sorted.length ? low : mean(sorted.subarray(split))
        const best = errorOf(low, high, sorted[split] ?? Number.POSITIVE_INFINITY)
        // What rounding to codes can cost: half a unit or 2^-12 of the value, for each.
        const rounding = sorted.length * Math.max(1, high * 2 ** -12) ** 2
        assert.ok(found <= best * 1.000001 + rounding, `${found} against ${best}`)
      }
      assert.ok(lo >= 1 && lo <= hi)
      assert.equal(lo === hi, highFrom === Number.POSITIVE_INFINITY)
      if (lo < hi) assert.ok(sorted[0]! < highFrom && sorted.at(-1)! >= highFrom, 'both levels are in use')
    }),
    { numRuns: 500 },
  )
})

test('levels are means, rounded', () => {
  const levels = chooseTwoLevels(Float64Array.of(10, 12, 100, 104))
  assert.deepEqual(levels, { lo: 11, hi: 102, highFrom: 100 })
  assert.deepEqual(chooseTwoLevels(Float64Array.of(7, 7, 7)), { lo: 7, hi: 7, highFrom: Number.POSITIVE_INFINITY })
  assert.deepEqual(chooseTwoLevels(Float64Array.of(0, 0)), { lo: 1, hi: 1, highFrom: Number.POSITIVE_INFINITY })
  assert.equal(chooseTwoLevels(Float64Array.of(123_456)).lo, encodeMagnitudeNearest(123_456))
})

test('magnitudes beyond the format are cut, and the rest is kept', () => {
  const update = new Float32Array(layout.parameters).fill(1e20)
  const { residual } = compressUpdate({ update, layout, codec, header })
  assert.ok(residual.every((rest) => rest > 9e19))
})

test('error feedback sends everything in the end', () => {
  let residual = new Float32Array(layout.parameters)
  const sent = new Float64Array(layout.parameters)
  const goal = Float32Array.from({ length: layout.parameters }, (_, i) => ((i * 37) % 41) / 41 - 0.5)
  for (let round = 0; round < 60; round++) {
    const update = residual.map((rest, i) => rest + (round === 0 ? goal[i]! : 0))
    const next = compressUpdate({ update, layout, codec, header })
    for (let i = 0; i < update.length; i++) sent[i]! += update[i]! - next.residual[i]!
    residual = next.residual
  }
  for (let i = 0; i < goal.length; i++) assert.ok(Math.abs(sent[i]! - goal[i]!) < 0.05, `entry ${i}`)
})

test('infinities, NaN and wrong lengths are refused', () => {
  for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
    const update = new Float32Array(layout.parameters)
    update[20] = bad
    assert.throws(() => compressUpdate({ update, layout, codec, header }), { code: 'compress/non-finite' })
  }
  assert.throws(() => compressUpdate({ update: new Float32Array(1), layout, codec, header }), {
    code: 'compress/length',
  })
  const view = new Float32Array(layout.parameters + 3).fill(1).subarray(3)
  assert.equal(
    compressUpdate({ update: view, layout, codec, header }).residual.length,
    layout.parameters,
    'a view is fine',
  )
})
