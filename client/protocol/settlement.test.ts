import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { bytesToHex, type Hex, hexToBytes } from './hex.ts'
import { decodeScores, encodeScores } from './scoreCommitment.ts'
import { type SettlementInput, settle, weightedMedian } from './settlement.ts'
import { readCases, type VectorCase, vectorUrl } from './vectors.fixture.ts'

const readVectors = (name: string): VectorCase => JSON.parse(readFileSync(vectorUrl(name), 'utf8')) as VectorCase

const weight = fc.oneof(fc.bigInt({ min: 1n, max: 20n }), fc.bigInt({ min: 1n, max: 2n ** 128n - 1n }))
const score = fc.oneof(
  fc.integer({ min: 0, max: 65_535 }),
  fc.constantFrom(0, 1, 65_535),
  fc.integer({ min: 0, max: 5 }),
)
const SLOTS = 5

const input: fc.Arbitrary<SettlementInput> = fc
  .record({
    pot: fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }),
    minerShareBps: fc.integer({ min: 0, max: 10_000 }),
    cut: fc.integer({ min: 0, max: 10_000 }),
    miners: fc.bigInt({ min: 0n, max: 2n ** BigInt(SLOTS) - 1n }),
    voters: fc.array(fc.record({ weight, scores: fc.array(score, { minLength: SLOTS, maxLength: SLOTS }) }), {
      maxLength: 6,
    }),
    absent: fc.bigInt({ min: 0n, max: 2n ** 100n }),
  })
  .map(({ cut, voters, absent, ...rest }) => ({
    ...rest,
    slots: SLOTS,
    validatorShareBps: Math.min(cut, 10_000 - rest.minerShareBps),
    validators: voters.map((voter, slot) => ({ slot, weight: voter.weight, scores: Uint16Array.from(voter.scores) })),
    totalWeight: absent + voters.reduce((sum, voter) => sum + voter.weight, 0n),
  }))

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

test('the pot is paid or returned, to the wei, and nobody gets a negative amount', () => {
  fc.assert(
    fc.property(input, (epoch) => {
      const { minerPay, validatorPay, ownerPay, paid, returned } = settle(epoch)
      const amounts = [...minerPay, ...validatorPay.values(), ownerPay]
      assert.ok([...amounts, returned].every((amount) => amount >= 0n))
      assert.equal(
        amounts.reduce((sum, amount) => sum + amount, 0n),
        paid,
      )
      assert.equal(paid + returned, epoch.pot)
    }),
    { numRuns: 500 },
  )
})

test('less than half of the weight decides nothing', () => {
  fc.assert(
    fc.property(input, (epoch) => {
      const revealed = epoch.validators.reduce((sum, validator) => sum + validator.weight, 0n)
      const result = settle({ ...epoch, totalWeight: 2n * revealed + 1n })
      assert.deepEqual([result.quorum, result.paid, result.returned], [false, 0n, epoch.pot])
      assert.equal(settle({ ...epoch, totalWeight: 2n * revealed }).quorum, true)
    }),
  )
})

test('scores of miners that were not active change nothing', () => {
  fc.assert(
    fc.property(input, fc.nat({ max: SLOTS - 1 }), score, (epoch, slot, other) => {
      const miners = epoch.miners & ~(1n << BigInt(slot))
      const changed = epoch.validators.map((validator) => ({
        ...validator,
        scores: validator.scores.with(slot, other),
      }))
      assert.deepEqual(settle({ ...epoch, miners }), settle({ ...epoch, miners, validators: changed }))
    }),
  )
})

test('a minority cannot lift a miner above what one of the others gave it', () => {
  fc.assert(
    fc.property(input, fc.nat({ max: SLOTS - 1 }), (epoch, slot) => {
      const [liar, ...honest] = epoch.validators
      if (liar === undefined) return
      const others = honest.reduce((sum, validator) => sum + validator.weight, 0n)
      if (liar.weight >= others) return
      const lie = { ...liar, scores: liar.scores.with(slot, 65_535) }
      const { medians } = settle({ ...epoch, totalWeight: 0n, validators: [lie, ...honest] })
      assert.ok(medians[slot]! <= Math.max(...honest.map(({ scores }) => scores[slot]!)))
    }),
  )
})

test('a validator is paid for what of its scores is not clipped', () => {
  const scores = (...list: number[]): Uint16Array => Uint16Array.from(list)
  const base = { pot: 20_000n, minerShareBps: 5000, validatorShareBps: 5000, miners: 3n, slots: 2, totalWeight: 3n }
  const honest = scores(100, 100)
  const { validatorPay, minerPay, medians } = settle({
    ...base,
    validators: [
      { slot: 0, weight: 10n, scores: honest },
      { slot: 1, weight: 10n, scores: honest },
      { slot: 2, weight: 10n, scores: scores(400, 0) },
    ],
  })
  // v = 10, 10 and floor(10 * 100 / 400) = 2; r = 3000 and 2000.
  assert.deepEqual([...medians], [100, 100])
  assert.deepEqual([...validatorPay.values()], [4545n, 4545n, 909n])
  assert.deepEqual(minerPay, [6000n, 4000n])
})

test('the golden vectors hold', () => {
  type Case = {
    slots: number
    miners: string
    pot: string
    minerShareBps: number
    validatorShareBps: number
    validators: number[]
    weights: string[]
    totalWeight: string
    scores: Hex[]
    quorum: boolean
    medians: Hex
    minerPay: string[]
    validatorPay: string[]
    ownerPay: string
    paid: string
    returned: string
  }
  for (const item of readCases<Case>(readVectors('settlement'))) {
    const { slots, minerShareBps, validatorShareBps } = item
    const validators = item.validators.map((slot, i) => ({
      slot,
      weight: BigInt(item.weights[i]!),
      scores: decodeScores(hexToBytes(item.scores[i]!), slots),
    }))
    const result = settle({
      slots,
      minerShareBps,
      validatorShareBps,
      validators,
      miners: BigInt(item.miners),
      pot: BigInt(item.pot),
      totalWeight: BigInt(item.totalWeight),
    })
    assert.equal(result.quorum, item.quorum)
    assert.equal(bytesToHex(encodeScores(result.medians)), item.medians)
    assert.deepEqual(result.minerPay.map(String), item.minerPay)
    assert.deepEqual(
      item.validators.map((slot) => String(result.validatorPay.get(slot))),
      item.validatorPay,
    )
    assert.deepEqual([result.ownerPay, result.paid, result.returned].map(String), [
      item.ownerPay,
      item.paid,
      item.returned,
    ])
  }
})
