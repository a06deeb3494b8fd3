import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  encodeMagnitudeFloor,
  encodeMagnitudeNearest,
  encodeRatioNearest,
  isCanonicalRatio,
  lowMagnitude,
  MAX_MAGNITUDE,
  MAX_MAGNITUDE_CODE,
  magnitudeValue,
  RATIOS,
} from './magnitude.ts'
import { type VectorCase, vectorUrl } from './vectors.fixture.ts'

const readVectors = (name: string): VectorCase => JSON.parse(readFileSync(vectorUrl(name), 'utf8')) as VectorCase

test('every code has a value of its own, ascending, below 2^31, and is the floor and nearest code of it', () => {
  let previous = -1
  for (let code = 0; code <= MAX_MAGNITUDE_CODE; code++) {
    const value = magnitudeValue(code)
    assert.ok(value > previous && Number.isInteger(value))
    assert.equal(encodeMagnitudeFloor(value), code)
    assert.equal(encodeMagnitudeNearest(value), code)
    previous = value
  }
  assert.equal(previous, MAX_MAGNITUDE)
  assert.ok(MAX_MAGNITUDE < 2 ** 31)
})

test('each pair of magnitudes has one code, and each is exact in float32', () => {
  for (let code = 1; code <= MAX_MAGNITUDE_CODE; code++) {
    const high = magnitudeValue(code)
    const lows = new Set<number>()
    for (let ratio = 0; ratio < RATIOS; ratio++) {
      const low = lowMagnitude(high, ratio)
      assert.equal(Math.fround(low), low)
      assert.equal(isCanonicalRatio(high, ratio), !lows.has(low), 'the least ratio, and no other')
      lows.add(low)
      const found = encodeRatioNearest(high, low)
      assert.ok(found <= ratio && isCanonicalRatio(high, found) && lowMagnitude(high, found) === low)
    }
    assert.ok(lows.has(high) && Math.min(...lows) >= 1 && Math.max(...lows) === high)
  }
})

test('codes round down, or to the nearest value', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 2 ** 32, noNaN: true }), (value) => {
      const floor = encodeMagnitudeFloor(value)
      assert.ok(magnitudeValue(floor) <= value)
      if (floor < MAX_MAGNITUDE_CODE) assert.ok(magnitudeValue(floor + 1) > value)
      const nearest = encodeMagnitudeNearest(value)
      const error = Math.abs(magnitudeValue(nearest) - value)
      for (const other of [floor, Math.min(floor + 1, MAX_MAGNITUDE_CODE)])
        assert.ok(error <= Math.abs(magnitudeValue(other) - value))
      if (value <= MAX_MAGNITUDE) assert.ok(error <= Math.max(0.5, value * 2 ** -6))
    }),
  )
  assert.equal(encodeMagnitudeNearest(129), encodeMagnitudeNearest(128), '128 and 132 are codes')
  assert.equal(magnitudeValue(encodeMagnitudeNearest(130)), 128, 'a tie goes to the lesser code')
})

test('the ratio is the nearest there is, and within a unit of it below 64 units', () => {
  const high = fc.integer({ min: 1, max: MAX_MAGNITUDE_CODE }).map(magnitudeValue)
  fc.assert(
    fc.property(high, fc.double({ min: 0, max: 1.1, noNaN: true }), (value, share) => {
      const wanted = value * share
      const error = Math.abs(lowMagnitude(value, encodeRatioNearest(value, wanted)) - wanted)
      const slack = value < RATIOS ? 1 : 0
      for (let ratio = 0; ratio < RATIOS; ratio++)
        assert.ok(error <= Math.abs(lowMagnitude(value, ratio) - wanted) + slack)
    }),
    { examples: [[3, 0.5000000000000001]] },
  )
})

test('the golden vectors hold', () => {
  const file = readVectors('magnitude') as Record<string, number[]>
  const { code, value, input, floor, nearest, ratioHi, ratio, ratioLo, ratioCanonical } = file
  assert.deepEqual(code!.map(magnitudeValue), value)
  assert.deepEqual(input!.map(encodeMagnitudeFloor), floor)
  assert.deepEqual(input!.map(encodeMagnitudeNearest), nearest)
  assert.deepEqual(
    ratio!.map((part, i) => lowMagnitude(ratioHi![i]!, part)),
    ratioLo,
  )
  assert.deepEqual(
    ratio!.map((part, i) => isCanonicalRatio(ratioHi![i]!, part)),
    ratioCanonical,
  )
})

test('what is no magnitude is refused', () => {
  for (const code of [-1, 0.5, MAX_MAGNITUDE_CODE + 1, 1023, Number.NaN])
    assert.throws(() => magnitudeValue(code), { code: 'protocol/bad-magnitude' }, `${code}`)
  for (const value of [-1, Number.NaN])
    assert.throws(() => encodeMagnitudeFloor(value), { code: 'protocol/bad-magnitude' })
})
