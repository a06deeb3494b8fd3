// Everyone whom one could stake with: the pool, what it keeps, what it does and what it earned of late.

import type { Hex } from '@tessera/protocol/hex'
import { sql } from 'kysely'
import type { Answer } from '../api/routes.ts'
import type { Ledger } from '../ingest/ledger.ts'
import { paidOf } from './paid.ts'
import { nowOf, type Source } from './source.ts'
import { activeStake, commissionAnswer, holderCount, ownStake } from './stakes.ts'

type OperatorAnswer = Answer<'operators'>[number]

/** Epochs that `pace` is about. */
const PACE_EPOCHS = 20

export async function operators(source: Source): Promise<Answer<'operators'>> {
  const { ledger, at } = nowOf(source)
  const roles = rolesOf(ledger)
  const earned = await earnedOf(source)
  return [...ledger.pools.values()].map((pool) => ({
    operator: pool.operator,
    pool: activeStake(pool),
    own: ownStake(pool),
    holders: holderCount(pool),
    ...commissionAnswer(pool, at),
    roles: roles.get(pool.operator) ?? [],
    pace: paceOf(ledger, pool.operator, earned.get(pool.operator) ?? [], at, activeStake(pool)),
    slashed: pool.slashed,
  }))
}

function rolesOf({ runs }: Ledger): ReadonlyMap<Hex, OperatorAnswer['roles']> {
  const roles = new Map<Hex, OperatorAnswer['roles']>()
  for (const [run, { state }] of runs)
    for (const role of ['miner', 'validator'] as const)
      for (const { operator, slot } of (role === 'miner' ? state.miners : state.validators).values())
        roles.set(operator, [...(roles.get(operator) ?? []), { run: Number(run), role, slot }])
  return roles
}

interface Earned {
  readonly settledAt: number
  /** Wei of the network's token. */
  readonly amount: bigint
}

/** The last epochs of each operator, and the one before them, newest first. */
async function earnedOf({ db, chain }: Source): Promise<ReadonlyMap<Hex, readonly Earned[]>> {
  const numbered = db
    .selectFrom('member_epochs')
    .select(['operator', 'settled_at', 'paid'])
    .select(
      sql<number>`row_number() over (partition by operator order by settled_at desc, run, epoch desc)`.as('place'),
    )
    .as('numbered')
  const rows = await db
    .selectFrom(numbered)
    .select(['operator', 'settled_at', 'paid'])
    .where('place', '<=', PACE_EPOCHS + 1)
    .orderBy('operator')
    .orderBy('place')
    .execute()
  const earned = new Map<Hex, Earned[]>()
  for (const row of rows) {
    const native = paidOf(row).filter(({ token }) => token === chain.native)
    const amount = native.reduce((sum, paid) => sum + paid.amount, 0n)
    earned.set(row.operator, [...(earned.get(row.operator) ?? []), { settledAt: row.settled_at, amount }])
  }
  return earned
}

/** Up to now: what it did not do of late counts as well. */
function paceOf(
  ledger: Ledger,
  operator: Hex,
  earned: readonly Earned[],
  now: number,
  stake: bigint,
): OperatorAnswer['pace'] {
  if (earned.length === 0) return null
  const counted = earned.slice(0, PACE_EPOCHS)
  const start = earned[PACE_EPOCHS]?.settledAt ?? firstJoined(ledger, operator)
  const amount = counted.reduce((sum, each) => sum + each.amount, 0n)
  return { epochs: counted.length, seconds: Math.max(0, now - start), stake, earned: amount }
}

function firstJoined({ runs }: Ledger, operator: Hex): number {
  const times = [...runs.values()].flatMap(({ joined }) =>
    ['miner', 'validator'].flatMap((role) => joined.get(`${role}/${operator}`) ?? []),
  )
  return Math.min(...times)
}
