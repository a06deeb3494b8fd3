import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { freeOf, isSpent, potAt, sponsorshipEnd } from './sponsorship.ts'

const terms = fc.record({
  firstEpoch: fc.bigInt({ min: 1n, max: 5n }),
  perEpoch: fc.bigInt({ min: 1n, max: 30n }),
  budget: fc.bigInt({ min: 0n, max: 200n }),
})
const range = (from: bigint, to: bigint): bigint[] =>
  Array.from({ length: Number(to - from) }, (_, i) => from + BigInt(i))

test('pots are the rate each and the rest in the last one, from the first epoch to the end', () => {
  const sponsorship = { firstEpoch: 3n, perEpoch: 10n, budget: 25n }
  assert.deepEqual(
    range(1n, 8n).map((epoch) => potAt(sponsorship, epoch)),
    [0n, 0n, 10n, 10n, 5n, 0n, 0n],
  )
  assert.equal(sponsorshipEnd(sponsorship), 6n)
  assert.equal(sponsorshipEnd({ ...sponsorship, budget: 0n }), 3n)
})

test('pots of opened epochs and what is free are the budget', () => {
  fc.assert(
    fc.property(terms, fc.bigInt({ min: 0n, max: 30n }), (sponsorship, more) => {
      const { firstEpoch, perEpoch, budget } = sponsorship
      const last = firstEpoch - 1n + more
      const pots = range(firstEpoch, last + 1n).map((epoch) => potAt(sponsorship, epoch))
      assert.equal(pots.reduce((sum, pot) => sum + pot, 0n) + freeOf(sponsorship, last), budget)
      assert.equal(
        isSpent(sponsorship, last),
        pots.some((pot) => pot < perEpoch),
      )
      const end = sponsorshipEnd(sponsorship)
      assert.equal(potAt(sponsorship, end), 0n)
      assert.ok(end === firstEpoch || potAt(sponsorship, end - 1n) > 0n)
    }),
  )
})
