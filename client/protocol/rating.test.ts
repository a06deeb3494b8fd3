import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Candidate, chooseIncluded } from './rating.ts'

const of = (...ratings: number[]): Candidate[] => ratings.map((rating, slot) => ({ slot, rating }))
const UNKNOWN = Number.NEGATIVE_INFINITY

test('the best are included, the lower slot first among equals', () => {
  assert.deepEqual(chooseIncluded(of(20, 31, 25, 31), 3), [1, 3, 2])
  assert.deepEqual(chooseIncluded(of(UNKNOWN, 1, UNKNOWN), 2), [1, 0])
})

test('who was found harmful is left out, unless there is nobody else', () => {
  assert.deepEqual(chooseIncluded(of(20, -3, 0, UNKNOWN), 8), [0, 3])
  assert.deepEqual(chooseIncluded(of(-3, -1, 0), 2), [2, 1])
  assert.deepEqual(chooseIncluded([], 2), [])
})

test('nobody is included twice, nobody is made up, and somebody always is', () => {
  const ratings = fc.array(fc.oneof(fc.double({ noNaN: true }), fc.constant(UNKNOWN)), { maxLength: 20 })
  fc.assert(
    fc.property(ratings, fc.integer({ min: 1, max: 8 }), (all, limit) => {
      const slots = chooseIncluded(of(...all), limit)
      assert.equal(new Set(slots).size, slots.length)
      assert.ok(slots.every((slot) => slot in all))
      assert.ok(slots.length <= limit && (slots.length > 0 || all.length === 0))
    }),
  )
})
