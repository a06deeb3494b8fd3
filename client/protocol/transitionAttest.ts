// Events by which a round is decided: leaders, proposals, votes, and its end.

import { countSlots, hasSlot, isSubset, slotsOf, withSlot } from './bitmap.ts'
import { type RoundEvent, type RunParams, VOID_REASONS } from './events.ts'
import { sealsOf } from './grounds.ts'
import type { Hex } from './hex.ts'
import { known, must } from './impossible.ts'
import { drawLeader } from './leader.ts'
import { canOpenEpoch, openEpoch, suffices } from './phase.ts'
import { proposalHash } from './proposal.ts'
import type { RoundEnd, RoundState, RunState } from './runState.ts'
import { mixSeals } from './seeds.ts'
import { ZERO_HASH } from './tags.ts'
import { withEpoch } from './transitionEpochs.ts'
import { present } from './transitionRounds.ts'
import { isWorse, verdictOf } from './verdict.ts'

type Named<Name extends RoundEvent['name']> = Extract<RoundEvent, { name: Name }>

export function leaderDrawn(state: RunState, event: Named<'LeaderDrawn'>, params: RunParams): RunState {
  const round = present(state, event)
  const { slot, attempt, operator, deadline } = event
  must(state.phase === 'Reveal' || state.phase === 'Attest', event, `the phase is ${state.phase}`)
  must(round.revealed !== 0n, event, 'nobody has revealed')
  must(!isAgreed(state, round), event, 'two thirds have attested')
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
    proposal: ZERO_HASH,
    attested: 0n,
    refused: 0n,
    worse: 0n,
  }
  const mix = state.phase === 'Reveal' ? mixAfter(state.mix, round) : state.mix
  return { ...state, phase: 'Attest', round: next, mix }
}

/** The run's mix when a round's Reveal closes. */
export function mixAfter(mix: Hex, round: RoundState): Hex {
  return mixSeals(mix, sealsOf(round, round.revealed))
}

export function proposed(state: RunState, event: Named<'Proposed'>, params: RunParams): RunState {
  const round = voting(state, event)
  const { operator, attempt, included, nextRoot, proposal } = event
  must(attempt === round.attempt, event, `the attempt is ${round.attempt}`)
  must(round.validatorOperators.get(round.leader) === operator, event, `slot ${round.leader} leads`)
  must(!round.proposed, event, 'the leader has proposed already')
  must(isSubset(included, round.revealed), event, 'it includes what was not revealed')
  must(countSlots(included) <= params.maxIncluded, event, `it includes more than ${params.maxIncluded}`)
  const moves = nextRoot !== round.parentRoot
  must(moves === (included !== 0n), event, 'the root moves if and only if something is included')
  must(nextRoot !== ZERO_HASH, event, 'a root is not zero')
  const expected = proposalHash(event)
  must(proposal === expected, event, `its hash is ${expected}`)
  return { ...state, round: { ...round, proposed: true, included, nextRoot, proposal } }
}

export function voted(state: RunState, event: Named<'Attested' | 'Refused'>): RunState {
  const round = voting(state, event)
  const { slot, operator, proposal } = event
  must(round.proposed && proposal === round.proposal, event, `the present proposal is ${round.proposal}`)
  must(hasSlot(round.validators, slot), event, `slot ${slot} takes no part in the round`)
  must(round.validatorOperators.get(slot) === operator, event, `slot ${slot} is not that of ${operator}`)
  must(!hasSlot(round.attested | round.refused, slot), event, `slot ${slot} has voted already`)
  const isFirst = (round.attested | round.refused) === 0n
  must(!isFirst || (slot === round.leader && event.name === 'Attested'), event, 'who proposes attests first')
  if (event.name === 'Refused') return { ...state, round: { ...round, refused: withSlot(round.refused, slot) } }
  const worse = event.worse ? withSlot(round.worse, slot) : round.worse
  return { ...state, round: { ...round, attested: withSlot(round.attested, slot), worse } }
}

export function roundFinalized(state: RunState, event: Named<'RoundFinalized'>): RunState {
  const round = present(state, event)
  must(isAgreed(state, round), event, 'two thirds have not attested')
  must(!isWorse(round), event, 'most of those that attested measured a worse model')
  must(event.included === round.included && round.included !== 0n, event, `proposed is the set ${round.included}`)
  must(event.root === round.nextRoot, event, `proposed is the root ${round.nextRoot}`)
  const epoch = known(openEpoch(state), event, 'no epoch is open')
  const { included, root } = event
  const over = ended(state, round, { kind: 'final', included, root, finalBefore: epoch.finalRounds })
  const counted = withEpoch(over, { ...epoch, finalRounds: epoch.finalRounds + 1 })
  return { ...counted, stateRoot: event.root, stateRound: round.id }
}

export function roundVoided(state: RunState, event: Named<'RoundVoided'>, params: RunParams): RunState {
  const round = present(state, event)
  const reason = known(VOID_REASONS[event.reason], event, `there is no reason ${event.reason}`)
  const outOfLeaders = round.attempt === params.maxLeaders || isSubset(round.validators, round.led)
  const fits = {
    NothingRevealed:
      (state.phase === 'Commit' && round.committed === 0n) || (state.phase === 'Reveal' && round.revealed === 0n),
    NothingValid: isAgreed(state, round) && round.included === 0n,
    NoQuorum: state.phase === 'Attest' && outOfLeaders && !isAgreed(state, round),
    WorseModel: isAgreed(state, round) && round.included !== 0n && isWorse(round),
    RolledBack: state.rollingBack,
  }
  must(fits[reason], event, `${reason} is not how this round stands`)
  return { ...ended(state, round, { kind: 'void', reason }), rollingBack: false }
}

export function runStopped(state: RunState, event: Named<'RunIdle' | 'RunEnded'>, params: RunParams): RunState {
  const { round, phase, miners, validators } = state
  if (phase === 'Idle') {
    must(event.name === 'RunEnded', event, 'the run is idle already')
    must(miners.size + validators.size === 0, event, 'it has members')
    return { ...state, phase: 'Ended' }
  }
  must(round !== null && round.end !== null && phase !== 'Ended', event, `the phase is ${phase}`)
  must(openEpoch(state) === undefined, event, 'an epoch is open')
  const last = round.id === params.maxRounds
  must(last === (event.name === 'RunEnded'), event, `round ${round.id} of ${params.maxRounds} is over`)
  must(last || !suffices(state) || !canOpenEpoch(state), event, 'the next epoch can open')
  return { ...state, phase: last ? 'Ended' : 'Idle' }
}

function voting(state: RunState, event: Named<'Proposed' | 'Attested' | 'Refused'>): RoundState {
  const round = present(state, event)
  must(state.phase === 'Attest', event, `the phase is ${state.phase}`)
  return round
}

/** Two thirds of the weight that the round opened with attest the present proposal. */
function isAgreed({ phase }: RunState, round: RoundState): boolean {
  return phase === 'Attest' && verdictOf(round) === 'Agreed'
}

function ended(state: RunState, round: RoundState, end: RoundEnd): RunState {
  const over = { ...round, end }
  return { ...state, round: over, rounds: [...state.rounds, over] }
}
