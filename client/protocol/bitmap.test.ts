import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { bitmapOf, countSlots, hasSlot, isSubset, slotsOf, withSlot } from './bitmap.ts'

test('a bitmap is its set of slots', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer({ min: 0, max: 255 })), fc.integer({ min: 0, max: 255 }), (slots, other) => {
      const bitmap = bitmapOf(slots)
      assert.deepEqual(
        slotsOf(bitmap),
        slots.toSorted((a, b) => a - b),
      )
      assert.equal(countSlots(bitmap), slots.length)
      assert.equal(hasSlot(bitmap, other), slots.includes(other))
      assert.ok(hasSlot(withSlot(bitmap, other), other))
      assert.ok(isSubset(bitmap, withSlot(bitmap, other)))
      assert.equal(isSubset(withSlot(bitmap, other), bitmap), slots.includes(other))
    }),
  )
})

test('what is no slot is refused', () => {
  for (const slot of [-1, 256, 0.5, Number.NaN])
    assert.throws(() => hasSlot(0n, slot), { code: 'protocol/bad-slot' }, `${slot}`)
  assert.throws(() => slotsOf(-1n), { code: 'protocol/bad-slot' })
  assert.throws(() => slotsOf(1n << 256n), { code: 'protocol/bad-slot' })
})
