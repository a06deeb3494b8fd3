import assert from 'node:assert/strict'
import { test } from 'node:test'
import { partOf, scorePart, scoreText, uptimeText } from './scores.ts'

test('a score is told of 100', () => {
  assert.equal(scoreText(65_535), '100.0')
  assert.equal(scoreText(0), '0.0')
  assert.equal(scoreText(32_768), '50.0')
  assert.equal(scorePart(65_535), 1)
})

test('a part of wei is exact to a millionth', () => {
  assert.equal(partOf(1n * 10n ** 24n, 3n * 10n ** 24n), 0.333333)
  assert.equal(partOf(5n, 0n), 0)
})

test('uptime says of how many', () => {
  assert.equal(uptimeText({ acted: 31, active: 32 }), '31 of 32 (96.9 %)')
  assert.equal(uptimeText({ acted: 0, active: 0 }), 'none yet')
})
