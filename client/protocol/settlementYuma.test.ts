// settlement.ts against Yuma consensus, and what follows from it: who has less than half of the stake decides nothing for itself.
//
// The two differ by design in one thing. Where votes are split in halves Yuma takes the higher one's side (stake(W >= w) >= 1/2) and
// settlement.ts the lower one's (weight(s <= v) >= 1/2): the largest w and the least v are the upper and the lower median. They are
// the same unless a set of validators has exactly half.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type SettlementInput, settle } from './settlement.ts'
import { yuma } from './yuma.fixture.ts'

const MOST = 65_535
const MINERS = 6

const score = fc.oneof(fc.integer({ min: 0, max: MOST }), fc.integer({ min: 0, max: 4 }), fc.constantFrom(0, MOST))
const stake = fc.oneof(fc.bigInt({ min: 1n, max: 20n }), fc.bigInt({ min: 1n, max: 2n ** 89n }))
const row = fc.array(score, { minLength: MINERS, maxLength: MINERS })
const validators = fc.array(fc.record({ stake, scores: row }), { minLength: 1, maxLength: 9 })

interface Opinion {
  readonly stake: bigint
  readonly scores: readonly number[]
}

function inputOf(opinions: readonly Opinion[]): SettlementInput {
  return {
    minerRounds: Array.from({ length: MINERS }, () => 5),
    validators: opinions.map(({ stake: weight, scores }, slot) => {
      return { slot, weight, activeRounds: 5, scores: Uint16Array.from(scores) }
    }),
    totalWeight: opinions.reduce((sum, opinion) => sum + opinion.stake, 0n),
    rounds: 5,
    finalRounds: 5,
    roundsPerEpoch: 5,
    minerShareBps: 5000,
    validatorShareBps: 5000,
  }
}

/** Whether some validators have exactly half of the stake: then upper and lower median may differ. */
function canSplit(opinions: readonly Opinion[]): boolean {
  const total = opinions.reduce((sum, opinion) => sum + opinion.stake, 0n)
  const sums = new Set([0n])
  for (const opinion of opinions) for (const sum of [...sums]) sums.add(sum + opinion.stake)
  return [...sums].some((sum) => 2n * sum === total)
}

test('consensus and ranks are those of Yuma', () => {
  let compared = 0
  fc.assert(
    fc.property(validators, (opinions) => {
      if (canSplit(opinions)) return
      compared++
      const { medians, ranks } = settle(inputOf(opinions))
      const expected = yuma(
        opinions.map((opinion) => opinion.stake),
        opinions.map(({ scores }) => scores),
        MOST,
      )
      assert.deepEqual(
        [...medians],
        expected.map(({ consensus }) => consensus),
      )
      assert.deepEqual(
        ranks,
        expected.map(({ rank }) => (2n ** 16n * rank.over) / rank.under),
      )
    }),
    { numRuns: 2000 },
  )
  assert.ok(compared > 500, `${compared} compared`)
})

test('whom Yuma ranks higher never earns less', () => {
  fc.assert(
    fc.property(validators, (opinions) => {
      if (canSplit(opinions)) return
      const { minerShares } = settle(inputOf(opinions))
      const expected = yuma(
        opinions.map((opinion) => opinion.stake),
        opinions.map(({ scores }) => scores),
        MOST,
      )
      for (const [i, one] of expected.entries())
        for (const [j, other] of expected.entries())
          if (one.rank.over > other.rank.over) assert.ok((minerShares[i] as bigint) >= (minerShares[j] as bigint))
    }),
    { numRuns: 500 },
  )
})

test('split in halves the lower score counts, where Yuma takes the higher', () => {
  const opinions = [
    { stake: 5n, scores: [10, 0, 0, 0, 0, 0] },
    { stake: 5n, scores: [30, 0, 0, 0, 0, 0] },
  ]
  assert.equal(settle(inputOf(opinions)).medians[0], 10)
  const [first] = yuma(
    [5n, 5n],
    opinions.map(({ scores }) => scores),
    MOST,
  )
  assert.equal(first?.consensus, 30)
})

/** Honest validators agree up to some noise; a cartel of the given part of the stake scores its own miner, of slot 0, as high as it can. */
const honest = fc.array(fc.record({ stake: fc.bigInt({ min: 1n, max: 1000n }), noise: row }), {
  minLength: 2,
  maxLength: 6,
})
const truth = fc.array(fc.integer({ min: 1000, max: 40_000 }), { minLength: MINERS, maxLength: MINERS })

/** @param percent of all stake that the cartel has. */
function played(
  voters: readonly { stake: bigint; noise: readonly number[] }[],
  worth: readonly number[],
  { percent, lies }: { readonly percent: bigint; readonly lies: boolean },
): { readonly own: bigint; readonly rank: bigint; readonly median: number; readonly highest: number } {
  const opinions = voters.map(({ stake: own, noise }) => {
    // In hundredths, so that any percentage is exact.
    return {
      stake: own * 100n * (100n - percent),
      scores: worth.map((value, i) => value + ((noise[i] as number) % 200)),
    }
  })
  const rest = voters.reduce((sum, voter) => sum + voter.stake, 0n) * 100n * percent
  const own = lies ? worth.map((_, miner) => (miner === 0 ? MOST : 0)) : worth
  const { minerShares, ranks, medians } = settle(inputOf([...opinions, { stake: rest, scores: own }]))
  const highest = Math.max(...opinions.map(({ scores }) => scores[0] as number))
  return { own: minerShares[0] as bigint, rank: ranks[0] as bigint, median: medians[0] as number, highest }
}

// Of its consensus score and its rank. By scoring the others low it can still lower theirs: contracts/README.md section 10.
test('a cartel of 40 % cannot raise its own miner above what an honest validator gave it', () => {
  fc.assert(
    fc.property(honest, truth, (voters, worth) => {
      const { median, rank, highest } = played(voters, worth, { percent: 40n, lies: true })
      assert.ok(median <= highest)
      assert.ok(rank <= 2n ** 16n * BigInt(highest))
    }),
    { numRuns: 500 },
  )
})

test('a cartel of 60 % can', () => {
  fc.assert(
    fc.property(honest, truth, (voters, worth) => {
      const lies = played(voters, worth, { percent: 60n, lies: true })
      assert.equal(lies.median, MOST)
      // The others' miners have nothing left.
      assert.ok(lies.own > played(voters, worth, { percent: 60n, lies: false }).own)
    }),
    { numRuns: 500 },
  )
})
