// The golden vectors in the tree are what the code gives: a rule does not change without its vectors, nor a vector without its rule.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { staleVectors } from './generate.ts'

test('the golden vectors are what the code gives', () => {
  assert.deepEqual(staleVectors(), [], 'run node test/vectors/generate.ts if the rules were meant to change')
})
