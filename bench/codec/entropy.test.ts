import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLayout } from '@tessera/protocol/layout'
import { entropyBounds, log2Choose } from './entropy.ts'

test('the bits of a set are the logarithm of how many there are', () => {
  assert.equal(log2Choose(10, 0), 0)
  assert.ok(Math.abs(log2Choose(10, 3) - Math.log2(120)) < 1e-12)
  assert.ok(Math.abs(log2Choose(52, 5) - Math.log2(2_598_960)) < 1e-12)
})

test('64 places of 4096 are 7.36 bits each, as the reference states', () => {
  assert.ok(Math.abs(log2Choose(4096, 64) / 64 - 7.36) < 0.005)
})

test('a record says places, choice of high ones, signs and 16 bits of levels', () => {
  // 4 of 16 with 4 of them sent and none high; then a chunk of 10 with 4 sent.
  const { format, simple } = entropyBounds(createLayout([26], 16), 4)
  const places = Math.log2(1820) + Math.log2(210)
  assert.ok(Math.abs(format - (places + 2 * (16 + 4))) < 1e-9)
  assert.ok(Math.abs(simple - (places + 2 * 8)) < 1e-9)
})
