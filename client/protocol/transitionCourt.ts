// What a court orders: a round is refuted, a member is punished.

import { hasSlot } from './bitmap.ts'
import { type MemberEvent, ROLES, type Role, type RoundEvent } from './events.ts'
import type { Hex } from './hex.ts'
import { known, must } from './impossible.ts'
import { openEpoch } from './phase.ts'
import { type EpochState, type Member, type Membership, membersOf, type RoundState, type RunState } from './runState.ts'

/**
 * INVARIANT: the root is that of the last final round that stands, or of genesis. In epochs that are not settled, rounds that are
 * undone count as void; what is settled stays.
 */
export function roundRefuted(state: RunState, event: Extract<RoundEvent, { name: 'RoundRefuted' }>): RunState {
  const round = known(state.rounds[Number(event.round) - 1], event, `round ${event.round} is not over`)
  const { end } = round
  must(end?.kind === 'final', event, end?.kind === 'undone' ? 'it is undone already' : 'it was never final')
  must(event.root === round.parentRoot, event, `its parent is ${round.parentRoot}`)
  const before = state.rounds.slice(0, Number(round.id) - 1)
  const rounds = [...before, ...state.rounds.slice(before.length).map(undone)]
  const epochs = [...state.epochs].map(([id, epoch]): [bigint, EpochState] => {
    if (epoch.phase === 'Settled' || id < round.epoch) return [id, epoch]
    return [id, { ...epoch, finalRounds: id === round.epoch ? end.finalBefore : 0 }]
  })
  const isOpen = state.round?.end === null
  return {
    ...state,
    rounds,
    epochs: new Map(epochs),
    stateRoot: event.root,
    stateRound: before.findLast((past) => past.end?.kind === 'final')?.id ?? 0n,
    round: isOpen ? state.round : (rounds.at(-1) ?? null),
    rollingBack: isOpen,
  }
}

function undone(round: RoundState): RoundState {
  return round.end?.kind === 'final' ? { ...round, end: { ...round.end, kind: 'undone' } } : round
}

/** INVARIANT: a membership is punished once, and loses its stake at most. Who still sits leaves before, in the same transaction. */
export function memberPunished(state: RunState, event: Extract<MemberEvent, { name: 'MemberPunished' }>): RunState {
  const { operator, slot, epoch, taken } = event
  const role = known(ROLES[event.role], event, `there is no role ${event.role}`)
  must(epoch <= BigInt(state.epochs.size), event, `epoch ${epoch} has not opened`)
  const all = state.memberships.get(membershipKey(role, operator)) ?? []
  const at = all.findLastIndex(({ firstEpoch }) => firstEpoch <= epoch)
  const membership = known(all[at], event, `${operator} was no ${role} in epoch ${epoch}`)
  must(membership.end === null || membership.end > epoch, event, `${operator} was a ${role} no more`)
  must(membership.slot === slot, event, `${operator} sat in slot ${membership.slot}`)
  must(!membership.punished, event, `${operator} was punished for it already`)
  must(taken <= membership.stake, event, `its stake was ${membership.stake} wei`)
  const told = withMemberships(state, role, operator, all.with(at, { ...membership, punished: true }))
  return membership.end === null ? expelled(told, event, role) : told
}

/** It acts in no round any more: the open one is not its own. */
function expelled(state: RunState, event: Extract<MemberEvent, { name: 'MemberPunished' }>, role: Role): RunState {
  const member = known(membersOf(state, role).get(event.slot), event, `slot ${event.slot} is empty`)
  must(member.leaving, event, `slot ${event.slot} does not leave`)
  const { round } = state
  const open = round !== null && round.end === null && member.lastRound === round.id && member.activeFrom <= round.id
  const lastRound = open ? round.id - 1n : member.lastRound
  const left: Member = { ...member, stake: member.stake - event.taken, lastRound }
  const members = new Map(membersOf(state, role)).set(event.slot, left)
  const next = role === 'miner' ? { ...state, miners: members } : { ...state, validators: members }
  return open ? excused(next, role, event.slot) : next
}

function excused(state: RunState, role: Role, slot: number): RunState {
  const epoch = openEpoch(state)
  if (epoch === undefined) return state
  const less = (rounds: ReadonlyMap<number, number>): Map<number, number> =>
    new Map(rounds).set(slot, (rounds.get(slot) ?? 0) - 1)
  const without = (set: bigint): bigint => (hasSlot(set, slot) ? set ^ (1n << BigInt(slot)) : set)
  const changed = role === 'miner' ? withoutMiner(epoch, slot, less, without) : validatorExcused(epoch, less, without)
  return { ...state, epochs: new Map(state.epochs).set(epoch.id, changed) }
}

type OfRounds = (rounds: ReadonlyMap<number, number>) => Map<number, number>
type OfSet = (set: bigint) => bigint

/** A validator may score the epoch all the same. */
function validatorExcused(epoch: EpochState, less: OfRounds, without: OfSet): EpochState {
  return {
    ...epoch,
    validatorRounds: less(epoch.validatorRounds),
    validatorsThroughout: without(epoch.validatorsThroughout),
  }
}

/** A miner that was active in no round of the epoch is none of it. */
function withoutMiner(epoch: EpochState, slot: number, less: OfRounds, without: OfSet): EpochState {
  const minerRounds = less(epoch.minerRounds)
  const minersThroughout = without(epoch.minersThroughout)
  if (minerRounds.get(slot) !== 0) return { ...epoch, minerRounds, minersThroughout }
  const minerOperators = new Map(epoch.minerOperators)
  minerRounds.delete(slot)
  minerOperators.delete(slot)
  return { ...epoch, minerRounds, minerOperators, minersThroughout, miners: without(epoch.miners) }
}

// ---- Memberships

function membershipKey(role: Role, operator: Hex): string {
  return `${role}/${operator}`
}

function withMemberships(state: RunState, role: Role, operator: Hex, all: readonly Membership[]): RunState {
  return { ...state, memberships: new Map(state.memberships).set(membershipKey(role, operator), all) }
}

export function membershipBegun(state: RunState, role: Role, { operator, slot, stake, firstEpoch }: Member): RunState {
  const all = state.memberships.get(membershipKey(role, operator)) ?? []
  const begun: Membership = { slot, stake, firstEpoch, end: null, punished: false }
  return withMemberships(state, role, operator, [...all, begun])
}

/** @param end The first epoch in which it is no more. */
export function membershipEnded(state: RunState, role: Role, operator: Hex, end: bigint): RunState {
  const all = state.memberships.get(membershipKey(role, operator)) ?? []
  const ended = all.map((each) => (each.end === null ? { ...each, end } : each))
  return withMemberships(state, role, operator, ended)
}
