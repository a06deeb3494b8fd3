import assert from 'node:assert/strict'
import { test } from 'node:test'
import { slotsOf } from '@tessera/protocol/bitmap'
import { hexToBytes } from '@tessera/protocol/hex'
import { decodeScores } from '@tessera/protocol/scoreCommitment'
import { includedSlots, medianPages, scoresOf } from './scores.ts'

test('scores are the same each time, of the validator, the epoch and the run that they are of', () => {
  const scores = scoresOf(1n, 2, 3, 40)
  assert.equal(scores.length, 40)
  assert.ok(scores.every((score) => score >= 1 && score <= 65_535))
  assert.deepEqual(scoresOf(1n, 2, 3, 40), scores)
  for (const others of [scoresOf(2n, 2, 3, 40), scoresOf(1n, 3, 3, 40), scoresOf(1n, 2, 4, 40)])
    assert.notDeepEqual(others, scores)
})

test('validators agree on what a miner is worth, but not exactly', () => {
  const [one, other] = [scoresOf(1n, 1, 0, 256), scoresOf(1n, 1, 1, 256)]
  const spread = Math.max(...one.map((score, slot) => Math.abs(score - (other[slot] ?? 0))))
  assert.ok(spread > 0 && spread < 2 ** 15)
  assert.ok(one.filter((score, slot) => score === other[slot]).length < 8)
})

test('pages together are the medians, in order', () => {
  const medians = Uint16Array.from({ length: 20 }, (_, slot) => slot * 300)
  assert.equal(medianPages(medians).length, 1)
  const pages = medianPages(medians, 8)
  assert.deepEqual(
    pages.map((page) => hexToBytes(page).length),
    [16, 16, 8],
  )
  const joined = pages.flatMap((page) => [...decodeScores(hexToBytes(page), (page.length - 2) / 4)])
  assert.deepEqual(joined, [...medians])
})

test('a leader includes as many as it may, the last slot among them', () => {
  assert.deepEqual([...slotsOf(includedSlots(3, 20))], [0, 1, 2])
  const spread = [...slotsOf(includedSlots(256, 20))]
  assert.equal(spread.length, 20)
  assert.equal(spread.at(-1), 255)
  assert.ok((spread[0] ?? 0) < 16)
})
