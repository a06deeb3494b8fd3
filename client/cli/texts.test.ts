import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cost, ether, moment, percent, span, tokens } from '@tessera/chain/plans/texts'
import { json, table } from './texts.ts'

test('amounts are exact, costs are rounded up to three digits', () => {
  assert.equal(tokens(12_500_000_000_000_000_000n), '12.5 TSRA')
  assert.equal(tokens(0n), '0 TSRA')
  assert.deepEqual([0n, 5n, 1_250n, 10_000n].map(percent), ['0 %', '0.05 %', '12.5 %', '100 %'])
  assert.equal(ether(1n), '0.000000000000000001 ETH')
  assert.equal(cost(2_101_000_000_000_001n), '0.00211 ETH')
  assert.equal(cost(10n ** 18n), '1 ETH')
  assert.equal(cost(9_999n), '0.00000000000001 ETH')
  assert.equal(cost(7n), '0.000000000000000007 ETH')
})

test('times of any size', () => {
  assert.equal(moment(1_764_000_000n), '2025-11-24 16:00:00 UTC')
  assert.equal(moment(2n ** 255n), 'never')
  assert.deepEqual([0n, 1n, 61n, 7n * 86_400n, 90_061n].map(span), [
    '0 seconds',
    '1 second',
    '1 minute 1 second',
    '7 days',
    '1 day 1 hour',
  ])
})

test('bigints are decimal text in JSON, and columns stand below each other', () => {
  assert.equal(json({ a: 10n ** 30n, b: [1n], c: undefined }), `{"a":"1${'0'.repeat(30)}","b":["1"]}`)
  assert.deepEqual(
    table([
      ['a', 'x'],
      ['long', 'y'],
    ]),
    ['a     x', 'long  y'],
  )
})
