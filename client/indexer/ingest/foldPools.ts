// The pools of stake after an event of the vault: PoolLib's books, from what the vault says that it did.

import { type Hex, lowerHex } from '@tessera/protocol/hex'
import type { PoolEvent } from './indexedEvent.ts'
import type { HolderLedger, PoolLedger } from './ledger.ts'

type Pools = ReadonlyMap<Hex, PoolLedger>

export function foldPools(pools: Pools, event: PoolEvent, now: number): Pools {
  const operator = lowerHex(event.operator)
  const pool = pools.get(operator) ?? emptyPool(operator)
  return new Map(pools).set(operator, foldPool(pool, event, now))
}

function foldPool(pool: PoolLedger, event: PoolEvent, now: number): PoolLedger {
  switch (event.name) {
    case 'CommissionSet': {
      // A change that does not count yet is replaced.
      const past = pool.commission.filter(({ from }) => from <= now)
      return { ...pool, commission: [...past, { bps: Number(event.bps), from: Number(event.from) }] }
    }
    case 'Slashed':
      return { ...pool, assets: pool.assets - event.amount, slashed: pool.slashed + event.amount }
    case 'Deposited': {
      const { amount, shares } = event
      const changed = { ...pool, assets: pool.assets + amount, shares: pool.shares + shares }
      return withHolder(changed, event.holder, now, (holder) => ({ ...holder, shares: holder.shares + shares }))
    }
    case 'UnbondRequested': {
      const { ticket, shares, readyAt } = event
      const changed = { ...pool, unbonding: pool.unbonding + shares }
      return withHolder(changed, event.holder, now, (holder) => ({
        ...holder,
        shares: holder.shares - shares,
        tickets: new Map(holder.tickets).set(ticket, { shares, readyAt: Number(readyAt) }),
      }))
    }
    case 'UnbondCancelled': {
      const { ticket, shares } = event
      const changed = { ...pool, unbonding: pool.unbonding - shares }
      return withHolder(changed, event.holder, now, (holder) => ({
        ...holder,
        shares: holder.shares + shares,
        tickets: without(holder.tickets, ticket),
      }))
    }
    case 'UnbondCompleted': {
      const { ticket, shares, amount } = event
      const { assets, shares: all, unbonding } = pool
      const changed = { ...pool, assets: assets - amount, shares: all - shares, unbonding: unbonding - shares }
      return withHolder(changed, event.holder, now, (holder) => ({
        ...holder,
        tickets: without(holder.tickets, ticket),
      }))
    }
  }
}

function withHolder(
  pool: PoolLedger,
  address: Hex,
  now: number,
  change: (holder: HolderLedger) => HolderLedger,
): PoolLedger {
  const key = lowerHex(address)
  const changed = change(pool.holders.get(key) ?? { shares: 0n, tickets: new Map(), since: now })
  const holders = new Map(pool.holders)
  if (changed.shares === 0n && changed.tickets.size === 0) holders.delete(key)
  else holders.set(key, changed)
  return { ...pool, holders }
}

function without<K, V>(map: ReadonlyMap<K, V>, key: K): ReadonlyMap<K, V> {
  const rest = new Map(map)
  rest.delete(key)
  return rest
}

function emptyPool(operator: Hex): PoolLedger {
  return { operator, assets: 0n, shares: 0n, unbonding: 0n, holders: new Map(), commission: [], slashed: 0n }
}

/** In 1/10 000, at a moment that is not in the future. */
export function commissionAt({ commission }: Pick<PoolLedger, 'commission'>, time: number): number {
  return commission.findLast(({ from }) => from <= time)?.bps ?? 0
}
