import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Explained } from '@tessera/chain/explainPayout'
import { payoutStory } from './payoutStory.ts'

const OPERATOR = `0x${'a1'.repeat(20)}` as const
const HOLDER = `0x${'b2'.repeat(20)}` as const
const TOKEN = `0x${'c3'.repeat(20)}` as const
const HALF = 2n ** 63n

function explained(more: Partial<Explained['payout']>): Explained {
  const payout = {
    run: 1n,
    epoch: 2n,
    operator: OPERATOR,
    holder: HOLDER,
    source: 0n,
    token: TOKEN,
    rounds: 4,
    finalRounds: 3,
    roundsPerEpoch: 4,
    quorum: true,
    miner: null,
    validator: null,
    totalShare: HALF,
    share: HALF / 2n,
    pot: 1_000n,
    earned: 250n,
    holding: { allShares: 10n, shares: 4n, commissionBps: 1_000n },
    commission: 25n,
    amount: 90n,
    evidence: [],
    ...more,
  }
  return { payout, openedAt: 86_400n, comparisons: [], equal: true }
}

const words = { symbol: 'TSRA', decimals: 2 }

test('a holder’s amount follows from rounds, share, pot, commission and shares', () => {
  assert.deepEqual(payoutStory(explained({}), words), [
    { name: 'Earned of each pot in all', value: '50 %', from: '3 of 4 rounds moved the model; 4 were run' },
    { name: 'Share of the operator', value: '25 %', from: 'of the pot of 10 TSRA: 2.5 TSRA' },
    { name: 'Commission', value: '0.25 TSRA', from: '10 % of it for the operator; 2.25 TSRA for holders' },
    { name: 'Amount', value: '0.9 TSRA', from: '4 of 10 shares in the second before 1970-01-02 00:00:00 UTC' },
  ])
})

test('a miner’s line tells scores and what was clipped, a validator’s what it agreed on', () => {
  const score = {
    slot: 1,
    operator: HOLDER,
    weight: 5n,
    score: 40,
    counted: 30,
    receiptsDigest: HOLDER,
    receiptsSize: 1n,
  }
  const miner = { slot: 0, activeRounds: 4, median: 30, scores: [score], rank: 1n, rankSum: 4n, share: HALF }
  const validator = {
    slot: 1,
    activeRounds: 4,
    weight: 5n,
    given: 40,
    kept: 30,
    part: 7n,
    share: 1n,
    receiptsDigest: HOLDER,
    receiptsSize: 1n,
  }
  const lines = payoutStory(explained({ miner, validator, holder: OPERATOR }), words)
  assert.equal(lines[1]?.from, 'median by stake of 40 by validator 1, counts as 30')
  assert.equal(lines[2]?.from, 'rank 1 of 4 of all miners; active in 4 of 4 rounds')
  assert.match(lines[3]?.from ?? '', /^its scores sum to 40, of which 30 agree/)
  assert.match(lines.at(-1)?.from ?? '', /and the commission$/)
})

test('the owner’s amount, an epoch without a quorum, a token that says nothing of itself', () => {
  const silent = { symbol: undefined, decimals: undefined }
  const lines = payoutStory(explained({ holding: null, holder: null, quorum: false, amount: 5n }), silent)
  assert.equal(lines[0]?.from, 'nobody: fewer than half of the validators’ stake revealed scores')
  assert.equal(lines[1]?.name, 'Share of the owner')
  assert.deepEqual(lines.at(-1), { name: 'Amount', value: '5 units of 0xc3c3…c3c3', from: 'all of it is the owner’s' })
})
