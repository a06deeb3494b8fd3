import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { bytesToHex, type Hex, hexToBytes } from './hex.ts'
import { decodeScores, encodeScores } from './scoreCommitment.ts'
import { type Settlement, type SettlementInput, settle, weightedMedian } from './settlement.ts'
import { readCases, type VectorCase, vectorUrl } from './vectors.fixture.ts'

const readVectors = (name: string): VectorCase => JSON.parse(readFileSync(vectorUrl(name), 'utf8')) as VectorCase

const weight = fc.oneof(fc.bigInt({ min: 1n, max: 20n }), fc.bigInt({ min: 1n, max: 2n ** 89n }))
const score = fc.oneof(
  fc.integer({ min: 0, max: 65_535 }),
  fc.constantFrom(0, 1, 65_535),
  fc.integer({ min: 0, max: 5 }),
)
const SLOTS = 5
const WHOLE = 2n ** 64n

const input: fc.Arbitrary<SettlementInput> = fc
  .record({
    minerShareBps: fc.integer({ min: 0, max: 10_000 }),
    cut: fc.integer({ min: 0, max: 10_000 }),
    rounds: fc.integer({ min: 1, max: 12 }),
    moved: fc.nat(),
    more: fc.nat({ max: 3 }),
    active: fc.array(fc.nat(), { minLength: SLOTS, maxLength: SLOTS }),
    voters: fc.array(
      fc.record({ weight, active: fc.nat(), scores: fc.array(score, { minLength: SLOTS, maxLength: SLOTS }) }),
      {
        maxLength: 6,
      },
    ),
    absent: fc.bigInt({ min: 0n, max: 2n ** 89n }),
  })
  .map(({ minerShareBps, cut, rounds, moved, more, active, voters, absent }) => ({
    minerShareBps,
    validatorShareBps: Math.min(cut, 10_000 - minerShareBps),
    rounds,
    finalRounds: moved % (rounds + 1),
    roundsPerEpoch: rounds + more,
    minerRounds: active.map((pick) => pick % (rounds + 1)),
    validators: voters.map((voter, slot) => {
      return {
        slot,
        weight: voter.weight,
        activeRounds: 1 + (voter.active % rounds),
        scores: Uint16Array.from(voter.scores),
      }
    }),
    totalWeight: absent + voters.reduce((sum, voter) => sum + voter.weight, 0n),
  }))

const sumOf = (values: Iterable<bigint>): bigint => [...values].reduce((sum, value) => sum + value, 0n)
const earned = ({ minerShares, validatorShares, ownerShare }: Settlement): bigint =>
  sumOf(minerShares) + sumOf(validatorShares.values()) + ownerShare

test('the median is the least score that half of the weight does not exceed', () => {
  fc.assert(
    fc.property(fc.array(fc.record({ weight, score }), { minLength: 1, maxLength: 8 }), (votes) => {
      const median = weightedMedian(votes)
      const total = votes.reduce((sum, vote) => sum + vote.weight, 0n)
      const upTo = (limit: number): bigint =>
        votes.reduce((sum, vote) => sum + (vote.score <= limit ? vote.weight : 0n), 0n)
      assert.ok(votes.some((vote) => vote.score === median))
      assert.ok(2n * upTo(median) >= total)
      assert.ok(2n * upTo(median - 1) < total)
    }),
  )
  assert.equal(weightedMedian([]), 0)
})

test('shares come to no more than what is earned, which is the part of the rounds that moved the root', () => {
  fc.assert(
    fc.property(input, (epoch) => {
      const result = settle(epoch)
      const most = (WHOLE * BigInt(epoch.finalRounds)) / BigInt(epoch.roundsPerEpoch)
      assert.ok(result.totalShare <= most)
      assert.ok(earned(result) <= result.totalShare)
      // Rounding costs less than a unit for each miner, and less than a part of 2^32 and a unit for each validator.
      const lost = BigInt(SLOTS) + (2n ** 32n + 3n) * BigInt(epoch.validators.length)
      assert.ok(result.totalShare - earned(result) <= lost)
      const amounts = [...result.minerShares, ...result.validatorShares.values(), result.ownerShare]
      assert.ok(amounts.every((amount) => amount >= 0n))
      assert.ok(result.ranks.every((rank) => rank < 2n ** 32n))
      assert.ok(sumOf(result.parts.values()) < 2n ** 32n)
    }),
    { numRuns: 500 },
  )
})

test('less than half of the weight decides nothing', () => {
  fc.assert(
    fc.property(input, (epoch) => {
      const revealed = sumOf(epoch.validators.map((validator) => validator.weight))
      const result = settle({ ...epoch, totalWeight: 2n * revealed + 1n })
      assert.deepEqual([result.quorum, result.totalShare, earned(result)], [false, 0n, 0n])
      assert.ok(result.medians.every((median) => median === 0))
      assert.equal(settle({ ...epoch, totalWeight: 2n * revealed }).quorum, revealed > 0n)
    }),
  )
})

test('scores of miners that were not active change nothing', () => {
  fc.assert(
    fc.property(input, fc.nat({ max: SLOTS - 1 }), score, (epoch, slot, other) => {
      const minerRounds = epoch.minerRounds.with(slot, 0)
      const changed = epoch.validators.map((validator) => ({
        ...validator,
        scores: validator.scores.with(slot, other),
      }))
      assert.deepEqual(settle({ ...epoch, minerRounds }), settle({ ...epoch, minerRounds, validators: changed }))
    }),
  )
})

test('a worse score never gives its miner more', () => {
  fc.assert(
    fc.property(input, fc.nat({ max: SLOTS - 1 }), fc.nat({ max: 5 }), score, (epoch, slot, pick, other) => {
      const judge = epoch.validators[pick]
      if (judge === undefined || other >= judge.scores[slot]!) return
      const worse = { ...judge, scores: judge.scores.with(slot, other) }
      const validators = epoch.validators.with(pick, worse)
      const [before, after] = [settle(epoch), settle({ ...epoch, validators })]
      assert.ok(after.ranks[slot]! <= before.ranks[slot]!)
    }),
  )
})

test('who was there for part of the rounds ranks for that part', () => {
  const scores = Uint16Array.from([1000, 1000, 1000])
  const { ranks, minerShares } = settle({
    minerRounds: [4, 2, 1],
    validators: [{ slot: 3, weight: 7n, activeRounds: 4, scores }],
    totalWeight: 7n,
    rounds: 4,
    finalRounds: 2,
    roundsPerEpoch: 4,
    minerShareBps: 10_000,
    validatorShareBps: 0,
  })
  assert.deepEqual(ranks, [65_536_000n, 32_768_000n, 16_384_000n])
  assert.deepEqual(
    minerShares,
    [4n, 2n, 1n].map((n) => ((WHOLE / 2n) * n) / 7n),
  )
})

test('a validator earns for what of its scores is not clipped, and for the rounds in which it was active', () => {
  const scores = (...list: number[]): Uint16Array => Uint16Array.from(list)
  const honest = scores(100, 100)
  const { parts, validatorShares, medians } = settle({
    minerRounds: [4, 4],
    validators: [
      { slot: 0, weight: 1000n, activeRounds: 4, scores: honest },
      { slot: 1, weight: 1000n, activeRounds: 2, scores: honest },
      { slot: 2, weight: 1000n, activeRounds: 4, scores: scores(400, 0) },
    ],
    totalWeight: 3000n,
    rounds: 4,
    finalRounds: 4,
    roundsPerEpoch: 4,
    minerShareBps: 5000,
    validatorShareBps: 5000,
  })
  // v = 1000, 500 and 1000 * 100 / 400 = 250.
  assert.deepEqual([...medians], [100, 100])
  const whole = 2n ** 32n - 1n
  assert.deepEqual(
    [...parts.values()],
    [1000n, 500n, 250n].map((value) => (value * whole) / 1750n),
  )
  assert.deepEqual(
    [...validatorShares.values()],
    [...parts.values()].map((part) => (part * 2n ** 63n) / whole),
  )
})

test('where nothing of any validator’s weight is left, validators earn nothing and the others what is theirs', () => {
  const epoch = { minerRounds: [1, 1, 1], totalWeight: 3n, rounds: 1, finalRounds: 1, roundsPerEpoch: 1 }
  // Each has a favourite: the medians are 1, and 3 of 11 of a weight of one wei is none.
  const validators = [0, 1, 2].map((slot) => {
    return { slot, weight: 1n, activeRounds: 1, scores: Uint16Array.from([1, 1, 1]).with(slot, 9) }
  })
  const { ranks, parts, ownerShare, totalShare } = settle({
    ...epoch,
    validators,
    minerShareBps: 5000,
    validatorShareBps: 3000,
  })
  assert.deepEqual([...parts.values()], [0n, 0n, 0n])
  assert.deepEqual(ranks, [65_536n, 65_536n, 65_536n])
  assert.equal(ownerShare, WHOLE - WHOLE / 2n - (WHOLE * 3000n) / 10_000n)
  assert.equal(totalShare, WHOLE / 2n + ownerShare)
})

test('the golden vectors hold', () => {
  type Case = {
    maxMiners: number
    minerRounds: number[]
    weights: string[]
    validatorRounds: number[]
    vectors: Hex[]
    medians: Hex
    rounds: number
    finalRounds: number
    roundsPerEpoch: number
    minerShareBps: number
    validatorShareBps: number
    ranks: string[]
    parts: string[]
    minerShares: string[]
    validatorShares: string[]
    ownerShare: string
    totalShare: string
  }
  for (const item of readCases<Case>(readVectors('settlement'))) {
    const validators = item.weights.map((own, slot) => ({
      slot,
      weight: BigInt(own),
      activeRounds: item.validatorRounds[slot]!,
      scores: decodeScores(hexToBytes(item.vectors[slot]!), item.maxMiners),
    }))
    const result = settle({ ...item, validators, totalWeight: sumOf(validators.map((validator) => validator.weight)) })
    assert.equal(bytesToHex(encodeScores(result.medians)), item.medians)
    assert.deepEqual(result.ranks.map(String), item.ranks)
    assert.deepEqual([...result.parts.values()].map(String), item.parts)
    assert.deepEqual(result.minerShares.map(String), item.minerShares)
    assert.deepEqual([...result.validatorShares.values()].map(String), item.validatorShares)
    assert.deepEqual([result.ownerShare, result.totalShare].map(String), [item.ownerShare, item.totalShare])
  }
})
