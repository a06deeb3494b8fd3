// The states that a run came to, newest first down to genesis, with what was measured of them and what the model wrote.

import type { Hex } from '@tessera/protocol/hex'
import type { Answer } from '../api/routes.ts'
import type { ObservedSample } from '../observer/book.ts'
import { cursorOf, keyOf } from './cursor.ts'
import { runOf, type Source } from './source.ts'

type Checkpoint = Answer<'checkpoints'>['rows'][number]

interface Asked {
  readonly run: number
  readonly cursor: string | undefined
  readonly limit: number
}

export async function checkpoints(source: Source, { run, cursor, limit }: Asked): Promise<Answer<'checkpoints'>> {
  const { state, createdAt } = runOf(source, run)
  const after = keyOf(cursor, ['number'])
  const before = after === undefined ? Number.MAX_SAFE_INTEGER : after[0]
  const rows = await source.db
    .selectFrom('rounds as r')
    .leftJoin('checkpoints as c', (join) => join.onRef('c.run', '=', 'r.run').onRef('c.root', '=', 'r.root'))
    .select(['r.round', 'r.root', 'r.parent_root', 'r.closed_at', 'r.included', 'r.tx', 'c.loss', 'c.sample'])
    .where('r.run', '=', run)
    .leftJoin('undone_rounds as u', (join) => join.onRef('u.run', '=', 'r.run').onRef('u.round', '=', 'r.round'))
    .where('r.void', '=', '')
    .where('u.round', 'is', null)
    .where('r.round', '<', before)
    .orderBy('r.round', 'desc')
    .limit(limit + 1)
    .execute()
  const final = rows.map(
    ({ round, root, parent_root, closed_at, included, tx, loss, sample }): Checkpoint => ({
      ...{ round, root, parentRoot: parent_root, at: closed_at, included, tx, loss },
      sample: sampleAnswer(round, root, sample),
    }),
  )
  const genesis =
    before > 0 && final.length <= limit ? [await genesisOf(source, run, state.params?.genesisRoot, createdAt)] : []
  const all = [...final, ...genesis]
  const shown = all.slice(0, limit)
  const last = shown.at(-1)
  return {
    rows: shown,
    next: all.length > limit && last !== undefined ? cursorOf([last.round]) : null,
    total: state.rounds.filter(({ end }) => end?.kind === 'final').length + 1,
  }
}

async function genesisOf({ db }: Source, run: number, root: Hex = '0x', at: number): Promise<Checkpoint> {
  const found = await db
    .selectFrom('checkpoints')
    .selectAll()
    .where('run', '=', run)
    .where('root', '=', root)
    .executeTakeFirst()
  const sample = sampleAnswer(0, root, found?.sample ?? null)
  return { round: 0, root, parentRoot: null, at, included: 0, tx: null, loss: found?.loss ?? null, sample }
}

/** @param stored As the observer's book wrote it; null when there is none, or not yet. */
export function sampleAnswer(round: number, root: Hex, stored: string | null): Checkpoint['sample'] {
  if (stored === null) return null
  // SAFETY: written by the observer's book, from what it was given.
  const { prompt, seed, temperature, topK, maxTokens, text } = JSON.parse(stored) as ObservedSample
  return { round, root, prompt, seed, temperature, topK, maxTokens, text }
}
