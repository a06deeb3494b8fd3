import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { holderPart, sharesWorth, valueOfShares } from './poolShares.ts'

/** A pool as the contract may have it, where a share is worth 1 wei at most, and a holder in it. */
const pools = fc
  .bigInt({ min: 1n, max: 2n ** 100n })
  .chain((assets) =>
    fc.record({ assets: fc.constant(assets), shares: fc.bigInt({ min: assets, max: assets * 1000n }) }),
  )
  .chain((pool) => fc.record({ pool: fc.constant(pool), held: fc.bigInt({ min: 1n, max: pool.shares }) }))

test('an amount that is there takes no more shares than are held, and is what they are worth', () => {
  fc.assert(
    fc.property(pools, fc.bigInt({ min: 0n, max: 2n ** 64n }), ({ pool, held }, part) => {
      const value = valueOfShares(pool, held)
      const amount = (value * part) / 2n ** 64n
      const shares = sharesWorth(pool, amount)
      assert.ok(shares <= held)
      assert.equal(valueOfShares(pool, shares), amount)
      assert.ok(shares === 0n || valueOfShares(pool, shares - 1n) < amount, 'fewer would not do')
    }),
    { seed: 7 },
  )
})

test('after a slash shares are worth less, and an empty pool is worth nothing', () => {
  const pool = { assets: 75n, shares: 100n }
  assert.deepEqual([valueOfShares(pool, 50n), sharesWorth(pool, 37n), sharesWorth(pool, 38n)], [37n, 50n, 51n])
  const empty = { assets: 0n, shares: 0n }
  assert.deepEqual([valueOfShares(empty, 0n), sharesWorth(empty, 5n)], [0n, 0n])
})

test('an operator keeps its commission, and holders share the rest without getting more than there is', () => {
  const holding = { allShares: 3n, shares: 1n, commissionBps: 1_000n }
  assert.deepEqual(holderPart(101n, holding, false), { commission: 10n, part: 30n })
  assert.deepEqual(holderPart(101n, holding, true), { commission: 10n, part: 40n })
  assert.deepEqual(holderPart(101n, { ...holding, allShares: 0n, shares: 0n }, true), { commission: 0n, part: 101n })
  assert.deepEqual(holderPart(101n, { ...holding, allShares: 0n, shares: 0n }, false), { commission: 0n, part: 0n })
})
