import assert from 'node:assert/strict'
import { test } from 'node:test'
import { epochTotal, minerRound, most, type RoundGas, roundTotal, scoresTotal, sum } from './tally.ts'

const round: RoundGas = {
  round: 1,
  commits: [10, 12],
  reveals: [5, 1],
  propose: 100,
  attests: [7, 8],
  toReveal: 1_000,
  toLeader: 2_000,
  toNext: 3_000,
}
const scores = { epoch: 1, commits: [1, 2], reveals: [3, 4], toReveal: 20, settle: [50, 60] }

test('a miner pays for its commitment and its own opening', () => {
  assert.equal(minerRound(round), 15)
})

test('a round is all of its transactions', () => {
  assert.equal(roundTotal(round), 22 + 6 + 100 + 15 + 6_000)
})

test('an epoch is its rounds, its scores and its settlement', () => {
  assert.equal(scoresTotal(scores), 10 + 20 + 110)
  assert.equal(epochTotal([round, round], scores), 2 * roundTotal(round) + 140)
})

test('the dearest of nothing is no number, and the sum is nothing', () => {
  assert.ok(Number.isNaN(most([])))
  assert.ok(Number.isNaN(minerRound({ ...round, reveals: [5] })))
  assert.equal(sum([]), 0)
})
