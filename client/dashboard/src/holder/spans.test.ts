import assert from 'node:assert/strict'
import { test } from 'node:test'
import { spansText } from './spans.ts'

test('numbers in a row are a span, and many spans are cut', () => {
  assert.equal(spansText([]), '')
  assert.equal(spansText([3, 4, 5, 6, 7, 9]), '3–7, 9')
  assert.equal(spansText([1, 3, 5, 7, 9, 11]), '1, 3, 5, 7 and 2 more spans')
})
