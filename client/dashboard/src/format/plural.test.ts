import assert from 'node:assert/strict'
import { test } from 'node:test'
import { plural } from './plural.ts'

test('one is one, all others are many', () => {
  assert.deepEqual(
    [0, 1, 2, 6_190].map((count) => plural(count, 'round')),
    ['0 rounds', '1 round', '2 rounds', '6,190 rounds'],
  )
})
