// What an account earned, epoch by epoch and source by source, newest first, a page at a time.

import type { Hex } from '@tessera/protocol/hex'
import { sql } from 'kysely'
import type { Answer } from '../api/routes.ts'
import { cursorOf, keyOf } from './cursor.ts'
import type { Source } from './source.ts'

interface Asked {
  readonly address: Hex
  readonly cursor: string | undefined
  readonly limit: number
  readonly run: number | undefined
  readonly epoch: number | undefined
  readonly operator: Hex | undefined
}

export async function earnings({ db, chain }: Source, asked: Asked): Promise<Answer<'earnings'>> {
  const { address, limit, run, epoch, operator } = asked
  const after = keyOf(asked.cursor, ['number', 'number', 'number', 'number', 'text', 'text'])
  let all = db.selectFrom('earnings as e').where('e.account', '=', address)
  if (run !== undefined) all = all.where('e.run', '=', run)
  if (epoch !== undefined) all = all.where('e.epoch', '=', epoch)
  if (operator !== undefined) all = all.where('e.operator', '=', operator)
  const { total } = await all.select(({ fn }) => fn.countAll<number>().as('total')).executeTakeFirstOrThrow()
  if (after !== undefined)
    all = all.where(
      sql<boolean>`(e.settled_at, e.run, e.epoch, e.source, e.operator, e.holder) < (${sql.join([...after])})`,
    )
  const rows = await all
    .leftJoin('claims as c', (join) =>
      join
        .onRef('c.run', '=', 'e.run')
        .onRef('c.epoch', '=', 'e.epoch')
        .onRef('c.source', '=', 'e.source')
        .onRef('c.operator', '=', 'e.operator')
        .onRef('c.holder', '=', 'e.holder'),
    )
    .selectAll('e')
    .select(['c.at as claimed_at', 'c.tx as claim_tx'])
    .orderBy('e.settled_at', 'desc')
    .orderBy('e.run', 'desc')
    .orderBy('e.epoch', 'desc')
    .orderBy('e.source', 'desc')
    .orderBy('e.operator', 'desc')
    .orderBy('e.holder', 'desc')
    .limit(limit + 1)
    .execute()
  const shown = rows.slice(0, limit)
  const last = rows.length > limit ? shown.at(-1) : undefined
  return {
    rows: shown.map((row) => ({
      run: row.run,
      epoch: row.epoch,
      settledAt: row.settled_at,
      source: row.source,
      token: chain.token(row.token),
      operator: row.operator,
      kind: row.kind,
      poolEarned: BigInt(row.pool_earned),
      commission: BigInt(row.commission),
      amount: BigInt(row.amount),
      claimedAt: row.claimed_at,
      claimTx: row.claim_tx,
    })),
    next:
      last === undefined
        ? null
        : cursorOf([last.settled_at, last.run, last.epoch, last.source, last.operator, last.holder]),
    total,
  }
}
