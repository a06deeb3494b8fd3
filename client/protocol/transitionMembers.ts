// Events of members: joining, leaving, release of their slots.

import { type MemberEvent, ROLES, type Role, type RunParams } from './events.ts'
import { known, must } from './impossible.ts'
import { type Member, membersOf, type RunState } from './runState.ts'

export function transitionMembers(state: RunState, event: MemberEvent, params: RunParams): RunState {
  const role = known(ROLES[event.role], event, `there is no role ${event.role}`)
  if (event.name === 'MemberJoined') return joined(state, event, role, params)
  const member = known(membersOf(state, role).get(event.slot), event, `slot ${event.slot} is empty`)
  must(member.operator === event.operator, event, `slot ${event.slot} is that of ${member.operator}`)
  if (event.name === 'MemberLeaving') return leaving(state, event, role, member)

  must(member.leaving, event, `slot ${event.slot} is not leaving`)
  for (let epoch = 1n; epoch <= member.lastEpoch; epoch++)
    must(state.epochs.get(epoch)?.phase === 'Settled', event, `epoch ${epoch} is not settled`)
  const left = new Map(membersOf(state, role))
  left.delete(event.slot)
  return withMembers(state, role, left)
}

function joined(
  state: RunState,
  event: Extract<MemberEvent, { name: 'MemberJoined' }>,
  role: Role,
  params: RunParams,
): RunState {
  const members = membersOf(state, role)
  const { operator, slot, activeFrom, stake, weight } = event
  must(state.phase !== 'Ended', event, 'the run has ended')
  must(
    [...members.values()].every((member) => member.operator !== operator),
    event,
    `${operator} is a ${role} already`,
  )
  const limit = role === 'miner' ? params.maxMiners : params.maxValidators
  const free = Array.from({ length: limit }, (_, i) => i).find((i) => !members.has(i))
  must(slot === free, event, `the lowest free slot is ${free}`)
  must(activeFrom === (state.round?.id ?? 0n) + 1n, event, 'a member is active from the next round on')
  const cap = params.validatorWeightCap
  if (role === 'miner') must(stake === params.minerStake && weight === 0n, event, `a stake of ${stake} wei`)
  else must(stake >= params.validatorStake, event, `a stake of ${stake} wei`)
  // The lesser of stake and cap.
  const fits = role === 'miner' || (weight <= stake && weight <= cap && (weight === stake || weight === cap))
  must(fits, event, `a weight of ${weight} for a stake of ${stake} wei`)
  const member: Member = { slot, operator, leaving: false, activeFrom, lastEpoch: 0n, stake, weight }
  return withMembers(state, role, new Map(members).set(slot, member))
}

function leaving(
  state: RunState,
  event: Extract<MemberEvent, { name: 'MemberLeaving' }>,
  role: Role,
  member: Member,
): RunState {
  must(!member.leaving, event, `slot ${event.slot} is leaving already`)
  const active = member.activeFrom <= (state.round?.id ?? 0n)
  const lastEpoch = active ? BigInt(state.epochs.size) : 0n
  must(event.lastEpoch === lastEpoch, event, `its last epoch is ${lastEpoch}`)
  const left: Member = { ...member, leaving: true, lastEpoch }
  return withMembers(state, role, new Map(membersOf(state, role)).set(event.slot, left))
}

function withMembers(state: RunState, role: Role, members: ReadonlyMap<number, Member>): RunState {
  return role === 'miner' ? { ...state, miners: members } : { ...state, validators: members }
}
