import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parameterCount, parameterSpecs } from './model/parameterSpecs.ts'
import { joinTensors, quantizeQ24, splitTensors, toFloat } from './parameters.ts'
import { TINY } from './testing/tinyModel.ts'

const float32 = fc.float({ noNaN: true, noDefaultInfinity: true })

/** Away from zero at the half, back when that is odd: another way to the same rule. */
function reference(value: number): number {
  const whole = BigInt(Math.trunc(value * 2 ** 24))
  const rest = value * 2 ** 24 - Number(whole)
  const towards = BigInt(Math.sign(value))
  const half = Math.abs(rest) === 0.5
  const rounded = Math.abs(rest) > 0.5 || (half && whole % 2n !== 0n) ? whole + towards : whole
  return Number(rounded)
}

test('a value becomes the nearest unit, halves the even one', () => {
  const unit = 2 ** -24
  const cases: readonly (readonly [number, number])[] = [
    [0, 0],
    [-0, 0],
    [1, 2 ** 24],
    [-1, -(2 ** 24)],
    [0.5 * unit, 0],
    [1.5 * unit, 2],
    [2.5 * unit, 2],
    [-0.5 * unit, 0],
    [-1.5 * unit, -2],
    [-2.5 * unit, -2],
    [0.75 * unit, 1],
    [-0.75 * unit, -1],
  ]
  assert.deepEqual(
    Array.from(quantizeQ24(Float32Array.from(cases, ([value]) => value))),
    cases.map(([, units]) => units),
  )
})

test('rounding agrees with whole-number arithmetic', () => {
  fc.assert(
    fc.property(fc.float({ min: -127, max: 127, noNaN: true }), (value) => {
      assert.equal(quantizeQ24(Float32Array.of(value))[0], reference(value) + 0)
    }),
  )
})

test('what does not fit saturates', () => {
  const state = quantizeQ24(Float32Array.of(128, 1e30, Number.POSITIVE_INFINITY, -128, -129, Number.NEGATIVE_INFINITY))
  assert.deepEqual(Array.from(state), [2147483647, 2147483647, 2147483647, -2147483648, -2147483648, -2147483648])
})

test('a value that is not a number is refused', () => {
  assert.throws(() => quantizeQ24(Float32Array.of(1, Number.NaN)), { code: 'training/not-finite' })
})

test('a state of at most 24 bits survives the way through floats', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -(2 ** 24), max: 2 ** 24 })), (units) => {
      const state = Int32Array.from(units)
      assert.deepEqual(quantizeQ24(toFloat(state)), state)
    }),
  )
})

test('the float view is the state rounded to float32, times 2^-24', () => {
  fc.assert(
    fc.property(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), (units) => {
      assert.equal(toFloat(Int32Array.of(units))[0], Math.fround(units) * 2 ** -24)
    }),
  )
})

test('tensors are views on the vector, and join to it again', () => {
  const specs = parameterSpecs(TINY)
  fc.assert(
    fc.property(fc.array(float32, { minLength: parameterCount(specs), maxLength: parameterCount(specs) }), (values) => {
      const flat = Float32Array.from(values)
      const tensors = splitTensors(flat, specs)
      assert.ok(tensors.every((tensor) => tensor.buffer === flat.buffer))
      assert.deepEqual(joinTensors(tensors, specs), flat)
    }),
    { numRuns: 10 },
  )
})

test('tensors of another model are refused', () => {
  const specs = parameterSpecs(TINY)
  const flat = new Float32Array(parameterCount(specs))
  const tensors = splitTensors(flat, specs)
  assert.throws(() => splitTensors(flat.subarray(1), specs), { code: 'training/bad-tensor' })
  assert.throws(() => joinTensors(tensors.slice(1), specs), { code: 'training/bad-tensor' })
  assert.throws(() => joinTensors(tensors.with(0, new Float32Array(1)), specs), { code: 'training/bad-tensor' })
})
