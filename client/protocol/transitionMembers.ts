// Events of members: joining, leaving, heirs, release of slots, keys. Whoever is made to leave leaves as any other.

import { type MemberEvent, ROLES, type Role, type RunEvent, type RunParams } from './events.ts'
import { known, must } from './impossible.ts'
import { openEpoch } from './phase.ts'
import { type Heir, type Member, membersOf, type RunState, stayingMembers } from './runState.ts'
import { ZERO_ADDRESS } from './tags.ts'
import { memberPunished, membershipBegun, membershipEnded } from './transitionCourt.ts'
import { isUnprotected, mostReplaced, replacedNow, usefulnessOf } from './usefulness.ts'

type Named<Name extends MemberEvent['name']> = Extract<MemberEvent, { name: Name }>

const MAX_WEIGHT = 2n ** 96n - 1n

export function transitionMembers(state: RunState, event: MemberEvent, params: RunParams): RunState {
  switch (event.name) {
    case 'MemberJoined':
      return joined(state, event, params)
    case 'MemberLeaving':
      return leaving(state, event)
    case 'MemberPunished':
      return memberPunished(state, event)
    case 'MemberReleased':
      return released(state, event)
    case 'HeirNamed':
      return heirNamed(state, event, params)
    case 'HeirReleased':
      return heirReleased(state, event)
    case 'KeySet':
      return keySet(state, event)
  }
}

/**
 * INVARIANT: who sits down is given a key. A slot that has an heir is not free: once its member is released the heir sits down, or in
 * a run that is over is released too. Each in the same transaction, so as the next event.
 */
export function requireSuccession(state: RunState, event: RunEvent): void {
  for (const role of ROLES)
    for (const { slot, key } of membersOf(state, role).values()) {
      if (key !== ZERO_ADDRESS) continue
      const follows = event.name === 'KeySet' && event.slot === slot && ROLES[event.role] === role
      must(follows, event, `the ${role} in slot ${slot} has no key yet`)
    }
  for (const heir of state.heirs.values()) {
    if (state.miners.has(heir.slot)) continue
    const expected = state.phase === 'Ended' ? 'HeirReleased' : 'MemberJoined'
    const follows = event.name === expected && event.slot === heir.slot && event.operator === heir.operator
    must(follows, event, `slot ${heir.slot} is for ${heir.operator}`)
  }
}

function joined(state: RunState, event: Named<'MemberJoined'>, params: RunParams): RunState {
  const role = roleOf(event)
  const members = membersOf(state, role)
  const { operator, slot, activeFrom, stake, weight } = event
  must(state.phase !== 'Ended', event, 'the run has ended')
  const heir = role === 'miner' ? state.heirs.get(slot) : undefined
  if (heir !== undefined) must(!members.has(slot), event, `slot ${slot} is not released`)
  else {
    must(isNewcomer(state, role, operator), event, `${operator} is a ${role} already`)
    const limit = role === 'miner' ? params.maxMiners : params.maxValidators
    const free = lowestFree(members)
    must(free < limit && slot === free, event, `the lowest free slot is ${free} of ${limit}`)
  }
  must(activeFrom === (state.round?.id ?? 0n) + 1n, event, 'a member is active from the next round on')
  checkStake(state, event, params)
  const firstEpoch = firstEpochNow(state)
  // To leave and join anew gives no new protection.
  const until = state.protection.get(operator) ?? firstEpoch + BigInt(params.protectionEpochs)
  const member: Member = {
    slot,
    operator,
    leaving: false,
    activeFrom,
    lastRound: null,
    lastEpoch: 0n,
    firstEpoch,
    protectedUntil: role === 'miner' ? until : 0n,
    key: ZERO_ADDRESS,
    stake,
    weight,
  }
  const seated = membershipBegun(withMember(state, role, member), role, member)
  if (role === 'validator') return seated
  return { ...seated, heirs: without(state.heirs, slot), protection: new Map(state.protection).set(operator, until) }
}

function checkStake(state: RunState, event: Named<'MemberJoined'>, params: RunParams): void {
  const { stake, weight } = event
  if (roleOf(event) === 'miner') {
    must(stake === params.minerStake && weight === 0n, event, `a stake of ${stake} wei`)
    return
  }
  must(stake >= params.validatorStake, event, `a stake of ${stake} wei`)
  const cap = params.validatorWeightCap
  must(weight === (stake < cap ? stake : cap), event, `a weight of ${weight} for a stake of ${stake} wei`)
  const total = stayingMembers(state, 'validator').reduce((sum, member) => sum + member.weight, weight)
  must(total <= MAX_WEIGHT, event, `weights of ${total} wei together`)
}

function leaving(state: RunState, event: Named<'MemberLeaving'>): RunState {
  const role = roleOf(event)
  const member = memberAt(state, event, role)
  must(!member.leaving, event, `slot ${event.slot} is leaving already`)
  const lastRound = state.round?.id ?? 0n
  const lastEpoch = member.activeFrom <= lastRound ? BigInt(state.epochs.size) : 0n
  must(event.lastEpoch === lastEpoch, event, `its last epoch is ${lastEpoch}`)
  const left = withMember(state, role, { ...member, leaving: true, lastRound, lastEpoch })
  return { ...left, vacated: role === 'miner' ? event.slot : null }
}

function released(state: RunState, event: Named<'MemberReleased'>): RunState {
  const role = roleOf(event)
  const member = memberAt(state, event, role)
  must(member.leaving, event, `slot ${event.slot} is not leaving`)
  for (let epoch = 1n; epoch <= member.lastEpoch; epoch++)
    must(state.epochs.get(epoch)?.phase === 'Settled', event, `epoch ${epoch} is not settled`)
  const left = withMembers(state, role, without(membersOf(state, role), event.slot))
  return membershipEnded(left, role, member.operator, firstEpochNow(state))
}

/** The miner in the slot, which had to be the least useful one that could be replaced, left by the event before. */
function heirNamed(state: RunState, event: Named<'HeirNamed'>, params: RunParams): RunState {
  const { slot, operator, stake } = event
  must(state.vacated === slot, event, `the miner of slot ${slot} did not leave for it`)
  must(state.phase !== 'Ended', event, 'the run has ended')
  must(isNewcomer(state, 'miner', operator), event, `${operator} is a miner already`)
  must(lowestFree(state.miners) >= params.maxMiners, event, 'there is a free slot')
  const member = known(state.miners.get(slot), event, `slot ${slot} is empty`)
  must(isUnprotected(state, member), event, `slot ${slot} is protected until epoch ${member.protectedUntil}`)
  const sums = usefulnessOf(state)
  const useOf = (other: number): bigint => sums.get(other) ?? 0n
  for (const other of stayingMembers(state, 'miner'))
    must(
      !isUnprotected(state, other) || useOf(other.slot) >= useOf(slot),
      event,
      `slot ${other.slot} was of less use than slot ${slot}`,
    )
  const count = replacedNow(state) + 1
  must(count <= mostReplaced(params.maxMiners), event, `${count} miners are replaced in this epoch`)
  must(stake === params.minerStake, event, `a stake of ${stake} wei`)
  const heirs = new Map<number, Heir>(state.heirs).set(slot, { slot, operator, stake })
  return { ...state, heirs, replaced: { epoch: BigInt(state.epochs.size), count } }
}

/** An heir gets its stake back instead of a seat when the run is over. */
function heirReleased(state: RunState, event: Named<'HeirReleased'>): RunState {
  const heir = known(state.heirs.get(event.slot), event, `slot ${event.slot} has no heir`)
  must(heir.operator === event.operator, event, `slot ${event.slot} is for ${heir.operator}`)
  must(state.phase === 'Ended', event, 'the run goes on, so it waits for its seat')
  return { ...state, heirs: without(state.heirs, event.slot) }
}

/** INVARIANT: nobody acts in a slot but the operator and the delegate that the stake vault names. */
function keySet(state: RunState, event: Named<'KeySet'>): RunState {
  const role = roleOf(event)
  const member = known(membersOf(state, role).get(event.slot), event, `slot ${event.slot} is empty`)
  const delegate = state.operators.get(member.operator)?.delegate ?? ZERO_ADDRESS
  const own = delegate === ZERO_ADDRESS ? member.operator : delegate
  // Who sits down starts with the delegate if it has one; later either may act.
  const fits = event.key === own || (event.key === member.operator && member.key !== ZERO_ADDRESS)
  must(fits, event, `slot ${event.slot} is that of ${member.operator}, whose key is ${own}`)
  return withMember(state, role, { ...member, key: event.key })
}

// ---- Parts

/** The first epoch in which a member that sits down now can be active. */
function firstEpochNow(state: RunState): bigint {
  return openEpoch(state)?.id ?? BigInt(state.epochs.size) + 1n
}

function roleOf(event: Extract<MemberEvent, { role: number }>): Role {
  return known(ROLES[event.role], event, `there is no role ${event.role}`)
}

function memberAt(state: RunState, event: Named<'MemberLeaving' | 'MemberReleased'>, role: Role): Member {
  const member = known(membersOf(state, role).get(event.slot), event, `slot ${event.slot} is empty`)
  must(member.operator === event.operator, event, `slot ${event.slot} is that of ${member.operator}`)
  return member
}

/** Heirs have a slot too. */
function isNewcomer(state: RunState, role: Role, operator: string): boolean {
  const heirs = role === 'miner' ? [...state.heirs.values()] : []
  return [...membersOf(state, role).values(), ...heirs].every((other) => other.operator !== operator)
}

function lowestFree(members: ReadonlyMap<number, unknown>): number {
  let slot = 0
  while (members.has(slot)) slot++
  return slot
}

function withMember(state: RunState, role: Role, member: Member): RunState {
  return withMembers(state, role, new Map(membersOf(state, role)).set(member.slot, member))
}

function withMembers(state: RunState, role: Role, members: ReadonlyMap<number, Member>): RunState {
  return role === 'miner' ? { ...state, miners: members } : { ...state, validators: members }
}

function without<T>(entries: ReadonlyMap<number, T>, slot: number): ReadonlyMap<number, T> {
  const left = new Map(entries)
  left.delete(slot)
  return left
}
