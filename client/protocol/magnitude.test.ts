import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  encodeMagnitudeFloor,
  encodeMagnitudeNearest,
  MAX_MAGNITUDE,
  MAX_MAGNITUDE_CODE,
  magnitudeValue,
} from './magnitude.ts'
import { type VectorCase, vectorUrl } from './vectors.fixture.ts'

const readVectors = (name: string): VectorCase => JSON.parse(readFileSync(vectorUrl(name), 'utf8')) as VectorCase

test('every code has a value of its own, ascending, below 2^31, and is the floor and nearest code of it', () => {
  let previous = -1
  for (let code = 0; code <= MAX_MAGNITUDE_CODE; code++) {
    const value = magnitudeValue(code)
    assert.ok(value > previous && Number.isInteger(value))
    // Exact in float32, so that what is left of an update is too.
    assert.equal(Math.fround(value), value)
    assert.equal(encodeMagnitudeFloor(value), code)
    assert.equal(encodeMagnitudeNearest(value), code)
    previous = value
  }
  assert.equal(previous, MAX_MAGNITUDE)
  assert.ok(MAX_MAGNITUDE < 2 ** 31)
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
      if (value <= MAX_MAGNITUDE) assert.ok(error <= Math.max(0.5, value * 2 ** -12))
    }),
  )
  assert.equal(encodeMagnitudeNearest(4097), 4096, 'a tie goes to the lesser code')
})

test('the golden vectors hold', () => {
  const { code, value, input, floor, nearest } = readVectors('magnitude') as Record<string, number[]>
  assert.deepEqual(code!.map(magnitudeValue), value)
  assert.deepEqual(input!.map(encodeMagnitudeFloor), floor)
  assert.deepEqual(input!.map(encodeMagnitudeNearest), nearest)
})

test('what is no magnitude is refused', () => {
  for (const code of [-1, 0.5, MAX_MAGNITUDE_CODE + 1, 65_535, Number.NaN])
    assert.throws(() => magnitudeValue(code), { code: 'protocol/bad-magnitude' }, `${code}`)
  for (const value of [-1, Number.NaN])
    assert.throws(() => encodeMagnitudeFloor(value), { code: 'protocol/bad-magnitude' })
})
