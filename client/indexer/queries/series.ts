// A run's rounds as columns, for charts.

import type { Answer } from '../api/routes.ts'
import { UNDONE } from './round.ts'
import { runOf, type Source } from './source.ts'

interface Asked {
  readonly run: number
  readonly from: number | undefined
}

export async function series(source: Source, { run, from = 1 }: Asked): Promise<Answer<'series'>> {
  const found = runOf(source, run)
  const tokens = await source.tokens.of(found)
  const rows = await source.db
    .selectFrom('rounds as r')
    .leftJoin('checkpoints as c', (join) => join.onRef('c.run', '=', 'r.run').onRef('c.root', '=', 'r.root'))
    .select(['r.round', 'r.epoch', 'r.void', 'r.opened_at', 'r.closed_at', 'c.loss'])
    .select(['r.committed', 'r.revealed', 'r.included', 'r.bytes', 'r.gas', 'r.cells', 'r.votes'])
    .where('r.run', '=', run)
    .where('r.round', '>=', from)
    .orderBy('r.round')
    .execute()
  return {
    from,
    round: rows.map((row) => row.round),
    epoch: rows.map((row) => row.epoch),
    void: rows.map((row) => (found.state.rounds[row.round - 1]?.end?.kind === 'undone' ? UNDONE : row.void)),
    openedAt: rows.map((row) => row.opened_at),
    closedAt: rows.map((row) => row.closed_at),
    loss: rows.map((row) => row.loss),
    tokens: rows.map((row) => tokens[row.round - 1] ?? null),
    committed: rows.map((row) => row.committed),
    revealed: rows.map((row) => row.revealed),
    included: rows.map((row) => row.included),
    bytes: rows.map((row) => row.bytes),
    gas: rows.map((row) => row.gas),
    cells: rows.map((row) => row.cells),
    votes: rows.map((row) => row.votes),
  }
}
