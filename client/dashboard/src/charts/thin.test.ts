import assert from 'node:assert/strict'
import { test } from 'node:test'
import { median, thin } from './thin.ts'
import { shortened } from './ticks.ts'

test('a line of few points stays as it is', () => {
  assert.deepEqual(thin([1, 2, 3], [5, 6, 7], 3), { axis: [1, 2, 3], values: [5, 6, 7], each: 1 })
  assert.deepEqual(thin([], [], 3), { axis: [], values: [], each: 1 })
})

test('a long line has the median of each group', () => {
  assert.deepEqual(thin([1, 2, 3, 4, 5], [9, 1, 8, 2, 7], 2), { axis: [1, 4], values: [8, 2], each: 3 })
})

test('a median of two is the lower one, of none nothing', () => {
  assert.equal(median([4, 2]), 2)
  assert.equal(median([]), 0)
})

test('labels lose the zeros that all of them have', () => {
  assert.deepEqual(shortened(['4.0000', '4.5000', '']), ['4.0', '4.5', ''])
  assert.deepEqual(shortened(['1.50 MB', '2.00 MB']), ['1.5 MB', '2.0 MB'])
  assert.deepEqual(shortened(['10', '20']), ['10', '20'])
  assert.deepEqual(shortened(['4.0', '5.0']), ['4', '5'])
  assert.deepEqual(shortened(['']), [''])
})
