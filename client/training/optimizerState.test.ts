import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decodeOptimizerState, encodeOptimizerState, freshOptimizerState } from './optimizerState.ts'

const state = { step: 7, m: Float32Array.of(1, -2, 0.5), v: Float32Array.of(0, 3, 1e-30) }
const bytes = encodeOptimizerState(state)

test('a state survives the way through bytes, wherever they start in memory', () => {
  const finite = fc.float({ noNaN: true, noDefaultInfinity: true })
  const parameters = fc.array(fc.tuple(finite, fc.float({ min: 0, noNaN: true, noDefaultInfinity: true })))
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 32 - 1 }), parameters, fc.nat(3), (step, pairs, shift) => {
      const original = { step, m: Float32Array.from(pairs, ([m]) => m), v: Float32Array.from(pairs, ([, v]) => v) }
      const encoded = encodeOptimizerState(original)
      const shifted = new Uint8Array(encoded.length + shift).subarray(shift)
      shifted.set(encoded)
      assert.deepEqual(decodeOptimizerState(shifted, pairs.length), original)
    }),
  )
})

test('the layout is the documented one', () => {
  assert.equal(Buffer.from(bytes.subarray(0, 16)).toString('hex'), '54534f53010000000300000007000000')
  assert.equal(bytes.length, 16 + 8 * 3)
  assert.deepEqual(encodeOptimizerState(freshOptimizerState(0)).length, 16)
})

test('a state that could not be read again is not written', () => {
  for (const wrong of [
    { ...state, step: -1 },
    { ...state, step: 2 ** 32 },
    { ...state, v: new Float32Array(2) },
  ])
    assert.throws(() => encodeOptimizerState(wrong), { code: 'training/bad-optimizer-state' })
})

test('damaged and foreign bytes are refused, each for its reason', () => {
  const changed = (offset: number, value: number): Uint8Array => {
    const copy = bytes.slice()
    copy[offset] = value
    return copy
  }
  const withFloat = (index: number, value: number): Uint8Array => {
    const copy = bytes.slice()
    new DataView(copy.buffer).setFloat32(16 + 4 * index, value, true)
    return copy
  }
  const cases: readonly (readonly [string, Uint8Array])[] = [
    ['length', new Uint8Array(0)],
    ['length', bytes.subarray(0, 15)],
    ['magic', changed(0, 0x55)],
    ['version', changed(4, 2)],
    ['parameters', changed(8, 4)],
    ['length', bytes.subarray(0, bytes.length - 1)],
    ['length', Uint8Array.of(...bytes, 0)],
    ['values', withFloat(0, Number.NaN)],
    ['values', withFloat(3, Number.POSITIVE_INFINITY)],
    ['values', withFloat(4, -1)],
  ]
  for (const [reason, wrong] of cases) {
    assert.throws(
      () => decodeOptimizerState(wrong, 3),
      (error: { code?: string; context?: { reason?: string } }) =>
        error.code === 'training/bad-optimizer-state' && error.context?.reason === reason,
      reason,
    )
  }
})
