import assert from 'node:assert/strict'
import { test } from 'node:test'
import { judgedRounds, type MinerEpoch, minerHistory, paidSummary, slotsText, validatorHistory } from './history.ts'

const validator = `0x${'11'.repeat(20)}` as const
const digest = `0x${'22'.repeat(32)}` as const
type Receipt = MinerEpoch['receipts'][number]

function receipt(slot: number, quality: number | null, rounds: readonly number[] = []): Receipt {
  return {
    validator,
    slot,
    weight: 1n,
    score: 10,
    digest,
    size: 1,
    state: quality === null ? 'unfetchable' : 'verified',
    quality,
    unique: quality,
    validity: quality,
    mu: quality === null ? null : 25,
    sigma: quality === null ? null : 3,
    reason: null,
    rounds: rounds.map((round) => ({ round, valid: true, reason: null, ownDrop: 0.1, drawnDrop: 0.1, rank: 1 })),
  }
}

function epoch(number: number, median: number, receipts: readonly Receipt[]): MinerEpoch {
  return {
    epoch: number,
    settledAt: 1,
    rounds: 2,
    finalRounds: 2,
    activeRounds: 2,
    includedRounds: 1,
    median,
    part: 0.5,
    paid: [],
    zero: median === 0 ? 'zero-median' : null,
    receipts: [...receipts],
  }
}

test('history goes from the oldest epoch, by medians of what was verified', () => {
  const history = minerHistory([
    epoch(2, 65_535, [receipt(0, 0.2), receipt(1, 0.6), receipt(2, null)]),
    epoch(1, 0, [receipt(0, null)]),
  ])
  assert.deepEqual(history.epochs, [1, 2])
  assert.deepEqual(history.score, [0, 100])
  assert.deepEqual(history.quality, [null, 0.4])
  assert.deepEqual(history.mu, [null, 25])
  assert.deepEqual([history.low[1], history.high[1]], [22, 28])
})

test('a validator that gave no scores has no agreement, which is not zero', () => {
  const of = { settledAt: 1, rounds: 1, finalRounds: 1, activeRounds: 1, weight: 1n, revealed: true, part: 0.5 }
  const rest = { paid: [], zero: null, receipts: null }
  const history = validatorHistory([
    { epoch: 2, given: 100, kept: 90, ...of, ...rest },
    { epoch: 1, given: 0, kept: 0, ...of, ...rest },
  ])
  assert.deepEqual(history.agreement, [null, 0.9])
})

test('validators that judged a round alike stand together', () => {
  const bad = { round: 2, valid: false, reason: 'copied', ownDrop: null, drawnDrop: null, rank: null }
  const judged = judgedRounds(
    epoch(1, 5, [receipt(0, 1, [2, 1]), receipt(3, 1, [2]), { ...receipt(4, 1), rounds: [bad] }]),
  )
  assert.deepEqual(
    judged.map(({ round, groups }) => [round, groups.map(({ valid, reason, slots }) => [valid, reason, slots])]),
    [
      [1, [[true, null, [0]]]],
      [
        2,
        [
          [true, null, [0, 3]],
          [false, 'copied', [4]],
        ],
      ],
    ],
  )
  assert.deepEqual(judged[1]?.groups[0]?.ranks, [1, 1])
  assert.deepEqual(judged[1]?.groups[1]?.ownDrops, [])
})

test('validators are named, or told to be all', () => {
  assert.equal(slotsText([0, 1, 2], 3), 'all 3 validators')
  assert.equal(slotsText([0, 2], 3), 'validators 0, 2')
  assert.equal(slotsText([0], 1), 'validator 0')
})

test('what was paid is counted', () => {
  assert.equal(paidSummary([{ zero: null }, { zero: 'copied' }]), 'Paid in 1 of 2 settled epochs.')
  assert.equal(paidSummary([{ zero: null }]), 'Paid in 1 of 1 settled epoch.')
  assert.match(paidSummary([]), /^No epoch/)
})
