// One round: what came when, who led, who voted how, and what was put into it.

import { hasSlot, slotsOf } from '@tessera/protocol/bitmap'
import { TesseraError } from '@tessera/protocol/errors'
import type { Hex } from '@tessera/protocol/hex'
import type { RoundState } from '@tessera/protocol/runState'
import { ZERO_HASH } from '@tessera/protocol/tags'
import type { Answer } from '../api/routes.ts'
import type { RoundRow } from '../database/tables.ts'
import type { LeaderSeen, RunLedger } from '../ingest/ledger.ts'
import type { StoredStory } from '../ingest/roundFacts.ts'
import { sampleAnswer } from './checkpoints.ts'
import { contributionAnswers, pendingRows } from './contributionAnswers.ts'
import { runOf, type Source } from './source.ts'

type Detail = Answer<'round'>
type VoteAnswer = Detail['votes'][number]

interface Asked {
  readonly run: number
  readonly round: number
}

/** @throws `indexer/unknown-round` */
export async function round(source: Source, { run, round: number }: Asked): Promise<Detail> {
  const found = runOf(source, run)
  const present = found.state.round
  if (present !== null && present.end === null && Number(present.id) === number)
    return await pendingAnswer(source, found, present)
  const row = await source.db
    .selectFrom('rounds')
    .selectAll()
    .where('run', '=', run)
    .where('round', '=', number)
    .executeTakeFirst()
  if (row !== undefined) return await overAnswer(source, found, row)
  throw new TesseraError('indexer/unknown-round', `run ${run} has no round ${number}`, {
    hint: `Its last round is ${present?.id ?? 0}`,
    context: { run, round: number },
  })
}

async function overAnswer(source: Source, found: RunLedger, row: RoundRow): Promise<Detail> {
  const { db } = source
  const isUndone = found.state.rounds[row.round - 1]?.end?.kind === 'undone'
  const isFinal = row.void === '' && !isUndone
  // SAFETY: written by roundFacts.ts.
  const story = JSON.parse(row.story) as StoredStory
  const contributions = await db
    .selectFrom('contributions')
    .selectAll()
    .where('run', '=', row.run)
    .where('round', '=', row.round)
    .orderBy('slot')
    .execute()
  const checkpoint = await db
    .selectFrom('checkpoints')
    .selectAll()
    .where('run', '=', row.run)
    .where('root', '=', row.root)
    .executeTakeFirst()
  return {
    round: row.round,
    epoch: row.epoch,
    end: isFinal ? 'final' : 'void',
    void: isFinal ? null : isUndone ? UNDONE : row.void,
    openedAt: row.opened_at,
    closedAt: row.closed_at,
    parentRoot: row.parent_root,
    root: isFinal ? row.root : null,
    trainSeed: row.train_seed,
    testSeed: row.test_seed === ZERO_HASH ? null : row.test_seed,
    loss: checkpoint?.loss ?? null,
    bytes: row.bytes,
    gas: row.gas,
    leaders: story.leaders.map(leaderAnswer),
    votes: story.votes.map(({ slot, operator, weight, at, tx }) => ({
      slot,
      operator: operator as Hex,
      weight: BigInt(weight),
      vote: VOTES[row.votes[slot] ?? 'a'] ?? 'absent',
      at,
      tx: tx as Hex | null,
    })),
    contributions: await contributionAnswers(source, found, contributions),
    sample: isFinal ? sampleAnswer(row.round, row.root, checkpoint?.sample ?? null) : null,
  }
}

async function pendingAnswer(source: Source, found: RunLedger, round: RoundState): Promise<Detail> {
  const { story } = found
  const rows = pendingRows(found)
  return {
    round: Number(round.id),
    epoch: Number(round.epoch),
    end: 'pending',
    void: null,
    openedAt: story.openedAt,
    closedAt: null,
    parentRoot: round.parentRoot,
    root: null,
    trainSeed: round.trainSeed,
    testSeed: round.testSeed === ZERO_HASH ? null : round.testSeed,
    loss: null,
    bytes: rows.reduce((sum, { size }) => sum + (size ?? 0), 0),
    gas: [...story.gas.values()].reduce((sum, gas) => sum + gas, 0),
    leaders: story.leaders.map(leaderAnswer),
    votes: slotsOf(round.validators).map((slot) => ({
      slot,
      operator: round.validatorOperators.get(slot) ?? '0x',
      weight: round.weights.get(slot) ?? 0n,
      vote: voteOf(round, slot),
      at: story.votes.get(slot)?.at ?? null,
      tx: story.votes.get(slot)?.tx ?? null,
    })),
    contributions: await contributionAnswers(source, found, rows),
    sample: null,
  }
}

/** The reason of rounds that were final until they were refuted, which is also that of the one that was open then. */
export const UNDONE = 'RolledBack'

/** By the character of `series.votes`. */
const VOTES: Readonly<Record<string, VoteAnswer['vote']>> = { v: 'attested', w: 'worse', x: 'refused', a: 'absent' }

function voteOf(round: RoundState, slot: number): VoteAnswer['vote'] {
  if (hasSlot(round.worse, slot)) return 'worse'
  if (hasSlot(round.attested, slot)) return 'attested'
  return hasSlot(round.refused, slot) ? 'refused' : 'absent'
}

function leaderAnswer({ attempt, slot, operator, at, proposed, included }: LeaderSeen): Detail['leaders'][number] {
  return { attempt, slot, operator, at, proposed, included: [...included] }
}
