import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Bitfield } from './bitfield.ts'

test('a bitfield comes back from its bytes as it was', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { minLength: 1, maxLength: 70 }), (bits) => {
      const field = new Bitfield(bits.length)
      for (const [index, on] of bits.entries()) field.set(index, on)
      const back = Bitfield.from(field.toBytes(), bits.length)
      assert.deepEqual(
        bits.map((_, index) => back?.has(index)),
        bits,
      )
      assert.equal(back?.isFull, bits.every(Boolean))
    }),
  )
})

test('bytes of another length are none, spare bits are ignored, and there is nothing beyond its end', () => {
  assert.equal(Bitfield.from(new Uint8Array(2), 8), undefined)
  assert.equal(Bitfield.from(new Uint8Array(), 1), undefined)
  const field = Bitfield.from(Uint8Array.of(0xff, 0xff), 9)
  assert.ok(field?.isFull)
  assert.equal(field?.has(9), false)
  field?.set(9)
  assert.equal(field?.has(9), false)
})
