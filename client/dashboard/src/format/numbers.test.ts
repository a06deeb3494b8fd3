import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  bpsText,
  bytesText,
  compactText,
  countText,
  durationText,
  lossText,
  percentText,
  shortHex,
  timeText,
} from './numbers.ts'

test('numbers carry their units', () => {
  assert.equal(bytesText(0), '0 B')
  assert.equal(bytesText(999), '999 B')
  assert.equal(bytesText(8_700), '8.70 kB')
  assert.equal(bytesText(999_999), '1.00 MB')
  assert.equal(countText(12_345), '12,345')
  assert.equal(compactText(471_040), '471K')
  assert.equal(lossText(1.72034), '1.7203')
  assert.equal(bpsText(4_100), '41 %')
  assert.equal(percentText(0.1234), '12.3 %')
})

test('a duration has its two largest units', () => {
  assert.equal(durationText(0), '0 s')
  assert.equal(durationText(59.4), '59 s')
  assert.equal(durationText(245), '4 min 5 s')
  assert.equal(durationText(3_600), '1 h')
  assert.equal(durationText(90_061), '1 d 1 h')
})

test('a moment is told in UTC, a hash by its ends', () => {
  assert.equal(timeText(1_795_902_005), '2026-11-28 21:40:05 UTC')
  assert.equal(shortHex(`0x${'ab'.repeat(32)}`), '0xabab…abab')
  assert.equal(shortHex('0x1234'), '0x1234')
})
