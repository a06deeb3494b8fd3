import assert from 'node:assert/strict'
import { test } from 'node:test'
import { epochsOf } from './epochs.ts'

test('a budget lasts for whole epochs, and a part of one', () => {
  assert.equal(epochsOf(95n, 10n), 'It pays 9 epochs, and a part of one more.')
  assert.equal(epochsOf(10n, 10n), 'It pays one epoch.')
  assert.equal(epochsOf(5n, 10n), 'It pays a part of one epoch.')
  for (const [budget, each] of [
    [undefined, 1n],
    [1n, undefined],
    [0n, 1n],
    [1n, 0n],
  ] as const)
    assert.equal(epochsOf(budget, each), '')
})
