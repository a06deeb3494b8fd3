// What is kept of a round that is over.

import { countSlots, hasSlot, slotsOf } from '@tessera/protocol/bitmap'
import type { RoundState, RunState } from '@tessera/protocol/runState'
import type { ContributionRow } from '../database/tables.ts'
import { contributionFields } from './contributionFields.ts'
import type { Fact } from './facts.ts'
import type { RoundStory } from './ledger.ts'
import type { Where } from './where.ts'

export function roundFacts(state: RunState, round: RoundState, story: RoundStory, where: Where): Fact[] {
  const contributions = contributionRows(state, round, story, where)
  const { end } = round
  const run = Number(state.run)
  const gas = [...story.gas.values()].reduce((sum, each) => sum + each, 0)
  return [
    {
      table: 'rounds',
      row: {
        run,
        round: Number(round.id),
        block: where.block,
        epoch: Number(round.epoch),
        void: end?.kind === 'void' ? end.reason : '',
        opened_at: story.openedAt,
        closed_at: where.at,
        parent_root: round.parentRoot,
        root: end?.kind === 'final' ? end.root : round.parentRoot,
        train_seed: round.trainSeed,
        test_seed: round.testSeed,
        committed: countSlots(round.committed),
        revealed: countSlots(round.revealed),
        included: end?.kind === 'final' ? countSlots(end.included) : 0,
        bytes: contributions.reduce((sum, { size }) => sum + (size ?? 0), 0),
        gas,
        cells: cellsOf(state, round),
        votes: votesOf(state, round),
        tx: where.tx,
        story: storyText(round, story),
      },
    },
    ...contributions.map((row): Fact => ({ table: 'contributions', row })),
  ]
}

/** The rounds that were final before a refutation and are no more. */
export function undoneFacts(before: RunState, after: RunState, { block }: Where): Fact[] {
  return after.rounds.flatMap(({ id, end }, at): Fact[] => {
    if (end?.kind !== 'undone' || before.rounds[at]?.end?.kind !== 'final') return []
    return [{ table: 'undone_rounds', row: { run: Number(after.run), round: Number(id), block } }]
  })
}

function contributionRows(state: RunState, round: RoundState, story: RoundStory, where: Where): ContributionRow[] {
  return slotsOf(round.miners).map((slot) => ({
    ...contributionFields(Number(state.run), round, story, slot),
    ...statusOf(round, slot),
    block: where.block,
  }))
}

function statusOf(round: RoundState, slot: number): Pick<ContributionRow, 'status' | 'reason'> {
  if (!hasSlot(round.committed, slot)) return { status: 'absent', reason: 'absent' }
  if (!hasSlot(round.revealed, slot)) return { status: 'unrevealed', reason: 'unrevealed' }
  if (round.end?.kind !== 'final') return { status: 'rejected', reason: 'round-void' }
  return hasSlot(round.end.included, slot)
    ? { status: 'included', reason: null }
    : { status: 'rejected', reason: 'not-chosen' }
}

/** A character for each miner slot: see `series.cells`. */
function cellsOf({ params }: RunState, round: RoundState): string {
  const included = round.end?.kind === 'final' ? round.end.included : 0n
  const cell = (slot: number): string => {
    if (!hasSlot(round.miners, slot)) return '.'
    if (hasSlot(included, slot)) return 'i'
    if (hasSlot(round.revealed, slot)) return 'r'
    return hasSlot(round.committed, slot) ? 'c' : 'a'
  }
  return Array.from({ length: params?.maxMiners ?? 0 }, (_, slot) => cell(slot)).join('')
}

/** A character for each validator slot: see `series.votes`. Absent is who could have voted, or led and proposed nothing. */
function votesOf({ params }: RunState, round: RoundState): string {
  const vote = (slot: number): string => {
    if (!hasSlot(round.validators, slot)) return '.'
    if (hasSlot(round.worse, slot)) return 'w'
    if (hasSlot(round.attested, slot)) return 'v'
    if (hasSlot(round.refused, slot)) return 'x'
    return round.proposed || hasSlot(round.led, slot) ? 'a' : '.'
  }
  return Array.from({ length: params?.maxValidators ?? 0 }, (_, slot) => vote(slot)).join('')
}

/** The part of a story that no other column has. */
export interface StoredStory {
  readonly leaders: RoundStory['leaders']
  readonly votes: readonly {
    readonly slot: number
    readonly operator: string
    readonly weight: string
    readonly at: number | null
    readonly tx: string | null
  }[]
}

function storyText(round: RoundState, { leaders, votes }: RoundStory): string {
  const stored: StoredStory = {
    leaders,
    votes: slotsOf(round.validators).map((slot) => ({
      slot,
      operator: round.validatorOperators.get(slot) ?? '0x',
      weight: (round.weights.get(slot) ?? 0n).toString(),
      at: votes.get(slot)?.at ?? null,
      tx: votes.get(slot)?.tx ?? null,
    })),
  }
  return JSON.stringify(stored)
}
