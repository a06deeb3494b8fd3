import assert from 'node:assert/strict'
import { test } from 'node:test'
import { amountText, exactAmount, parseAmount } from './amounts.ts'

const TSRA = { decimals: 18 }

test('an amount is cut, never rounded up', () => {
  assert.equal(amountText(1_999_999_999_999_999_999n, TSRA), '1.9999')
  assert.equal(amountText(12_345_000_000_000_000_000_000n, TSRA), '12\u2009345')
  assert.equal(amountText(1n, TSRA), '<0.0001')
  assert.equal(amountText(0n, TSRA), '0')
  assert.equal(amountText(-1_500_000_000_000_000_000n, TSRA), '−1.5')
})

test('units of a token of unknown digits are shown as they are', () => {
  assert.equal(amountText(1_234_567n, { decimals: null }), '1\u2009234\u2009567')
})

test('the exact amount has every digit, and reads back as itself', () => {
  for (const amount of [0n, 1n, 10n ** 18n, 123_456_789_012_345_678_901n]) {
    assert.equal(parseAmount(exactAmount(amount, 18), 18), amount)
  }
})

test('what is no amount, or too fine for the token, is none', () => {
  for (const typed of ['', '-1', '1e3', '1.', '.5', 'abc', '1.2.3']) assert.equal(parseAmount(typed, 18), undefined)
  assert.equal(parseAmount('0.001', 2), undefined)
  assert.equal(parseAmount(' 1\u2009000.5 ', 18), 1_000_500_000_000_000_000_000n)
})
