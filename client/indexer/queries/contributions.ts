// What miners put into the rounds of a run, newest first, a page at a time.

import type { Hex } from '@tessera/protocol/hex'
import type { Answer } from '../api/routes.ts'
import { type AnyContribution, contributionAnswers, pendingRows } from './contributionAnswers.ts'
import { cursorOf, keyOf } from './cursor.ts'
import { runOf, type Source } from './source.ts'

interface Asked {
  readonly run: number
  readonly cursor: string | undefined
  readonly limit: number
  readonly slot: number | undefined
  readonly operator: Hex | undefined
  readonly status: AnyContribution['status'] | undefined
}

export async function contributions(source: Source, asked: Asked): Promise<Answer<'contributions'>> {
  const { run, limit, slot, operator, status } = asked
  const found = runOf(source, run)
  const after = keyOf(asked.cursor, ['number', 'number'])
  const isWanted = (row: AnyContribution): boolean =>
    (slot === undefined || row.slot === slot) &&
    (operator === undefined || row.operator === operator) &&
    (status === undefined || row.status === status)
  const isAfter = (row: AnyContribution): boolean =>
    after === undefined || row.round < after[0] || (row.round === after[0] && row.slot > after[1])
  const pending = pendingRows(found).filter(isWanted)
  let over = source.db.selectFrom('contributions').where('run', '=', run)
  if (slot !== undefined) over = over.where('slot', '=', slot)
  if (operator !== undefined) over = over.where('operator', '=', operator)
  if (status !== undefined) over = status === 'pending' ? over.where('run', '<', 0) : over.where('status', '=', status)
  const count = await over.select(({ fn }) => fn.countAll<number>().as('rows')).executeTakeFirstOrThrow()
  if (after !== undefined)
    over = over.where(({ and, eb, or }) =>
      or([eb('round', '<', after[0]), and([eb('round', '=', after[0]), eb('slot', '>', after[1])])]),
    )
  // One more than is shown: it tells whether there is a next page.
  const first = pending.filter(isAfter).slice(0, limit + 1)
  const rest = over
    .selectAll()
    .orderBy('round', 'desc')
    .orderBy('slot')
    .limit(limit + 1 - first.length)
  const rows: AnyContribution[] = [...first, ...(first.length > limit ? [] : await rest.execute())]
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  return {
    rows: await contributionAnswers(source, found, shown),
    next: rows.length > limit && last !== undefined ? cursorOf([last.round, last.slot]) : null,
    total: count.rows + pending.length,
  }
}
