// The parts of answers about runs that several routes have in common.

import { hasSlot } from '@tessera/protocol/bitmap'
import type { Role } from '@tessera/protocol/events'
import type { Hex } from '@tessera/protocol/hex'
import {
  type Member,
  membersOf,
  type RoundState,
  type RunState,
  type SponsorshipState,
} from '@tessera/protocol/runState'
import type { Answer } from '../api/routes.ts'
import type { MemberEpochRow } from '../database/tables.ts'
import { joinedKey } from '../ingest/foldLedger.ts'
import type { RunLedger } from '../ingest/ledger.ts'
import type { Source } from './source.ts'

type MemberAnswer = Answer<'run'>['members'][number]

/** Rounds that `uptime` is about. */
const UPTIME_ROUNDS = 32

export function sponsorshipAnswer(source: Source, number: bigint, terms: SponsorshipState) {
  const { token, sponsor, firstEpoch, perEpoch, budget } = terms
  const about = { source: Number(number), token: source.chain.token(token), sponsor }
  return { ...about, firstEpoch: Number(firstEpoch), perEpoch, budget }
}

/** The rows of the last settled epoch, by `role/operator`. */
export async function lastEpochRows(
  source: Source,
  { state }: RunLedger,
): Promise<ReadonlyMap<string, MemberEpochRow>> {
  const run = Number(state.run)
  const rows = await source.db
    .selectFrom('member_epochs')
    .selectAll()
    .where('run', '=', run)
    .where('epoch', '=', ({ selectFrom }) =>
      selectFrom('member_epochs')
        .select(({ fn }) => fn.max('epoch').as('last'))
        .where('run', '=', run),
    )
    .execute()
  return new Map(rows.map((row) => [joinedKey(row.role, row.operator), row]))
}

export function memberAnswer(
  { state, earned }: RunLedger,
  role: Role,
  member: Member,
  last: MemberEpochRow | undefined,
): MemberAnswer {
  const { slot, operator, stake, weight, activeFrom, leaving, lastRound, protectedUntil } = member
  return {
    role,
    slot,
    operator,
    stake,
    weight,
    activeFrom: Number(activeFrom),
    lastRound: leaving ? Number(lastRound ?? 0n) : null,
    protectedUntil: Number(protectedUntil),
    endpoint: state.operators.get(operator)?.endpoint ?? '',
    score: role === 'miner' ? (last?.median ?? null) : null,
    zero: last?.zero ?? null,
    uptime: uptimeOf(state, role, operator),
    earned: earned.get(operator) ?? 0n,
  }
}

export function memberOf(state: RunState, role: Role, operator: Hex): Member | undefined {
  return [...membersOf(state, role).values()].find((member) => member.operator === operator)
}

/** The slot of an operator in a round; undefined when it was not active in it. */
function slotIn(round: RoundState, role: Role, operator: Hex): number | undefined {
  const operators = role === 'miner' ? round.minerOperators : round.validatorOperators
  for (const [slot, other] of operators) if (other === operator) return slot
  return undefined
}

/** The rounds that an operator was active in and that are over, newest first, at most `most`. */
export function activeRounds(
  { rounds }: RunState,
  role: Role,
  operator: Hex,
  most: number,
): { readonly round: RoundState; readonly slot: number }[] {
  const active: { round: RoundState; slot: number }[] = []
  for (let i = rounds.length - 1; i >= 0 && active.length < most; i--) {
    const round = rounds[i]
    const slot = round === undefined ? undefined : slotIn(round, role, operator)
    if (round !== undefined && slot !== undefined) active.push({ round, slot })
  }
  return active
}

function uptimeOf(state: RunState, role: Role, operator: Hex): MemberAnswer['uptime'] {
  const active = activeRounds(state, role, operator, UPTIME_ROUNDS)
  const acted = active.filter(({ round, slot }) =>
    role === 'miner' ? hasSlot(round.revealed, slot) : hasSlot(round.attested | round.refused, slot),
  )
  return { acted: acted.length, active: active.length }
}
