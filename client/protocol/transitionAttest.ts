// Events by which a round is decided: leaders, proposals, votes, and its end.

import { countSlots, hasSlot, isSubset, slotsOf, withSlot } from './bitmap.ts'
import { type RoundEvent, type RunParams, VOID_REASONS } from './events.ts'
import { known, must } from './impossible.ts'
import { drawLeader } from './leader.ts'
import { openEpoch } from './phase.ts'
import type { RoundEnd, RoundState, RunState } from './runState.ts'
import { ZERO_HASH } from './tags.ts'
import { present } from './transitionRounds.ts'

type Named<Name extends RoundEvent['name']> = Extract<RoundEvent, { name: Name }>

export function leaderDrawn(state: RunState, event: Named<'LeaderDrawn'>, params: RunParams): RunState {
  const round = present(state, event)
  const { slot, attempt, operator, deadline } = event
  must(state.phase === 'Reveal' || state.phase === 'Attest', event, `the phase is ${state.phase}`)
  must(round.revealed !== 0n, event, 'nobody has revealed')
  must(attempt === round.attempt + 1 && attempt <= params.maxLeaders, event, `${round.attempt} have led before`)
  const left = slotsOf(round.validators & ~round.led)
  must(left.length > 0, event, 'every validator has led')
  const candidates = left.map((candidate) => ({ slot: candidate, weight: round.weights.get(candidate) ?? 0n }))
  const drawn = drawLeader({ testSeed: round.testSeed, attempt, candidates })
  must(slot === drawn, event, `the draw gives slot ${drawn}`)
  must(round.validatorOperators.get(slot) === operator, event, `slot ${slot} is not that of ${operator}`)
  const next: RoundState = {
    ...round,
    attempt,
    leader: slot,
    led: withSlot(round.led, slot),
    deadline,
    proposed: false,
    included: 0n,
    nextRoot: ZERO_HASH,
    attested: 0n,
    refused: 0n,
  }
  return { ...state, phase: 'Attest', round: next }
}

export function proposed(state: RunState, event: Named<'Proposed'>, params: RunParams): RunState {
  const round = voting(state, event)
  const { operator, included, nextRoot } = event
  must(round.validatorOperators.get(round.leader) === operator, event, `slot ${round.leader} leads`)
  must(!round.proposed, event, 'the leader has proposed already')
  must(isSubset(included, round.revealed), event, 'it includes what was not revealed')
  must(countSlots(included) <= params.maxIncluded, event, `it includes more than ${params.maxIncluded}`)
  const moves = nextRoot !== round.parentRoot
  must(moves === (included !== 0n), event, 'the root moves if and only if something is included')
  must(nextRoot !== ZERO_HASH, event, 'a root is not zero')
  return { ...state, round: { ...round, proposed: true, included, nextRoot } }
}

export function voted(state: RunState, event: Named<'Attested' | 'Refused'>): RunState {
  const round = voting(state, event)
  const { slot, operator } = event
  must(round.proposed, event, 'there is no proposal')
  must(hasSlot(round.validators, slot), event, `slot ${slot} takes no part in the round`)
  must(round.validatorOperators.get(slot) === operator, event, `slot ${slot} is not that of ${operator}`)
  must(!hasSlot(round.attested | round.refused, slot), event, `slot ${slot} has voted already`)
  const vote =
    event.name === 'Attested'
      ? { attested: withSlot(round.attested, slot) }
      : { refused: withSlot(round.refused, slot) }
  return { ...state, round: { ...round, ...vote } }
}

export function roundFinalized(state: RunState, event: Named<'RoundFinalized'>): RunState {
  const round = present(state, event)
  must(hasQuorum(state, round), event, 'two thirds have not attested')
  must(event.included === round.included && round.included !== 0n, event, `proposed is the set ${round.included}`)
  must(event.root === round.nextRoot, event, `proposed is the root ${round.nextRoot}`)
  const over = ended(state, round, { kind: 'final', included: event.included, root: event.root })
  return { ...over, stateRoot: event.root, stateRound: round.id }
}

export function roundVoided(state: RunState, event: Named<'RoundVoided'>, params: RunParams): RunState {
  const round = present(state, event)
  const reason = known(VOID_REASONS[event.reason], event, `there is no reason ${event.reason}`)
  const outOfLeaders = round.attempt === params.maxLeaders || isSubset(round.validators, round.led)
  const fits = {
    NothingRevealed:
      (state.phase === 'Commit' && round.committed === 0n) || (state.phase === 'Reveal' && round.revealed === 0n),
    NothingValid: hasQuorum(state, round) && round.included === 0n,
    NoQuorum: state.phase === 'Attest' && outOfLeaders && !hasQuorum(state, round),
  }
  must(fits[reason], event, `${reason} is not how this round stands`)
  return ended(state, round, { kind: 'void', reason })
}

export function runStopped(state: RunState, event: Named<'RunIdle' | 'RunEnded'>, params: RunParams): RunState {
  const round = known(state.round, event, 'no round has opened')
  must(round.end !== null && state.phase !== 'Idle' && state.phase !== 'Ended', event, `the phase is ${state.phase}`)
  must(openEpoch(state) === undefined, event, 'an epoch is open')
  const last = round.id === params.maxRounds
  must(last === (event.name === 'RunEnded'), event, `round ${round.id} of ${params.maxRounds} is over`)
  return { ...state, phase: event.name === 'RunIdle' ? 'Idle' : 'Ended' }
}

function voting(state: RunState, event: Named<'Proposed' | 'Attested' | 'Refused'>): RoundState {
  const round = present(state, event)
  must(state.phase === 'Attest', event, `the phase is ${state.phase}`)
  must(event.attempt === round.attempt, event, `the attempt is ${round.attempt}`)
  return round
}

/** Two thirds of the weight that the round opened with. */
function hasQuorum(state: RunState, round: RoundState): boolean {
  const attested = slotsOf(round.attested).reduce((sum, slot) => sum + (round.weights.get(slot) ?? 0n), 0n)
  return state.phase === 'Attest' && round.proposed && 3n * attested >= 2n * round.totalWeight
}

function ended(state: RunState, round: RoundState, end: RoundEnd): RunState {
  const over = { ...round, end }
  return { ...state, round: over, rounds: [...state.rounds, over] }
}
