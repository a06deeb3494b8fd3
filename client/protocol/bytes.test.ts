import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { bytesEqual, concatBytes, packUint, u8, u64, unpackUint } from './bytes.ts'

test('integers survive packing', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (value) => {
      assert.equal(unpackUint(u64(value)), value)
      assert.equal(Buffer.from(u64(value)).readBigUInt64BE(), value)
    }),
  )
  assert.deepEqual(u8(255), Uint8Array.of(255))
  assert.deepEqual(packUint(1, 4), Uint8Array.of(0, 0, 0, 1))
  assert.deepEqual(concatBytes(u8(1), new Uint8Array(0), u8(2)), Uint8Array.of(1, 2))
})

test('what does not fit is refused', () => {
  for (const [value, size] of [
    [256, 1],
    [-1, 1],
    [2n ** 64n, 8],
    [1.5, 4],
    [Number.NaN, 4],
  ] as const)
    assert.throws(() => packUint(value, size), { code: 'protocol/out-of-range' }, `${value}`)
})

test('bytes are equal when all of them are', () => {
  assert.equal(bytesEqual(Uint8Array.of(1, 2), Uint8Array.of(1, 2)), true)
  assert.equal(bytesEqual(Uint8Array.of(1, 2), Uint8Array.of(1, 3)), false)
  assert.equal(bytesEqual(Uint8Array.of(1, 2), Uint8Array.of(1)), false)
})
