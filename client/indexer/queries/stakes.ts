// What the ledger of stake says, in the words of the answers.

import { valueOfShares } from '@tessera/chain/poolShares'
import { commissionAt } from '../ingest/foldPools.ts'
import type { PoolLedger } from '../ingest/ledger.ts'

/** Wei of a pool that no ticket unbonds. */
export function activeStake(pool: PoolLedger | undefined): bigint {
  return pool === undefined ? 0n : valueOfShares(pool, pool.shares - pool.unbonding)
}

/** Wei of the operator's own active shares. */
export function ownStake(pool: PoolLedger | undefined): bigint {
  return pool === undefined ? 0n : valueOfShares(pool, pool.holders.get(pool.operator)?.shares ?? 0n)
}

/** How many have active shares. */
export function holderCount(pool: PoolLedger | undefined): number {
  return pool === undefined ? 0 : [...pool.holders.values()].filter(({ shares }) => shares > 0n).length
}

/** What an operator keeps of rewards, in 1/10 000, now and from when on what else. */
export function commissionAnswer(pool: PoolLedger | undefined, now: number) {
  const next = pool?.commission.find(({ from }) => from > now)
  return {
    commissionBps: pool === undefined ? 0 : commissionAt(pool, now),
    commissionNext: next === undefined ? null : { bps: next.bps, from: next.from },
  }
}
