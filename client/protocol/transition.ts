// A run's state after one more event: the replay of a run from its log. It recomputes what the contract computed (commitments,
// seeds, leader draws, quorums, medians, shares, pots) and stops at any difference, so a replay is a check of the contract as well.
//
// Feed every event of the coordinator and of the reward escrow that names the run, and all of the stake vault's named in events.ts,
// in the order of the log.

import type {
  EpochEvent,
  FundingEvent,
  MemberEvent,
  OperatorEvent,
  RewardEvent,
  RoundEvent,
  RunEvent,
  RunParams,
} from './events.ts'
import { EVENT_NAMES } from './events.ts'
import { isHex, lowerHex } from './hex.ts'
import { known, must } from './impossible.ts'
import type { OperatorState, RunState } from './runState.ts'
import { ZERO_ADDRESS } from './tags.ts'
import { leaderDrawn, proposed, roundFinalized, roundVoided, runStopped, voted } from './transitionAttest.ts'
import { roundRefuted } from './transitionCourt.ts'
import {
  epochClosed,
  epochOpened,
  epochSettled,
  mediansVerified,
  scoreRevealOpened,
  scoresCommitted,
  scoresRevealed,
} from './transitionEpochs.ts'
import { transitionFunding } from './transitionFunding.ts'
import { requireSuccession, transitionMembers } from './transitionMembers.ts'
import { transitionRewards } from './transitionRewards.ts'
import { commitCalled, committed, revealed, revealOpened, roundOpened } from './transitionRounds.ts'

/**
 * @returns a new state; the old one stays as it is.
 * @throws `transition/impossible`
 */
export function transition(state: RunState, given: RunEvent): RunState {
  const event = lowered(given)
  if ('run' in event) must(event.run === state.run, event, `this is run ${state.run}`)
  if ('manager' in event) must(event.manager === state.coordinator, event, `the manager is ${state.coordinator}`)
  if (isOperatorEvent(event)) return operatorChanged(state, event)
  const booking = ['RoundOpened', 'PotsOpened', 'PotsSettled'].includes(event.name)
  must(state.booking === null || booking, event, `the pots of epoch ${state.booking} are not booked`)
  must(!state.rollingBack || event.name === 'RoundVoided', event, 'the open round is built on what was refuted')
  requireSuccession(state, event)

  const next = applied(state, event)
  // Only the event right after it may name an heir.
  return event.name === 'MemberLeaving' || next.vacated === null ? next : { ...next, vacated: null }
}

function applied(state: RunState, event: Exclude<RunEvent, OperatorEvent>): RunState {
  if (isRewardEvent(event)) return transitionRewards(state, event)
  if (event.name === 'RunCreated') {
    must(state.params === null, event, 'the run exists')
    const { owner, params, deposit } = event
    return { ...state, owner, params, deposit, phase: 'Idle', stateRoot: params.genesisRoot }
  }
  const params = known(state.params, event, 'the run has not been created')
  if (isFundingEvent(event)) return transitionFunding(state, event)
  if (isMemberEvent(event)) return transitionMembers(state, event, params)
  if (isEpochEvent(event)) return transitionEpochs(state, event, params)
  return transitionRounds(state, event, params)
}

function transitionRounds(state: RunState, event: RoundEvent, params: RunParams): RunState {
  switch (event.name) {
    case 'RoundOpened':
      return roundOpened(state, event, params)
    case 'CommitCalled':
      return commitCalled(state, event)
    case 'Committed':
      return committed(state, event)
    case 'RevealOpened':
      return revealOpened(state, event)
    case 'Revealed':
      return revealed(state, event, params)
    case 'LeaderDrawn':
      return leaderDrawn(state, event, params)
    case 'Proposed':
      return proposed(state, event, params)
    case 'Attested':
    case 'Refused':
      return voted(state, event)
    case 'RoundFinalized':
      return roundFinalized(state, event)
    case 'RoundVoided':
      return roundVoided(state, event, params)
    case 'RoundRefuted':
      return roundRefuted(state, event)
    case 'RunIdle':
    case 'RunEnded':
      return runStopped(state, event, params)
  }
}

function transitionEpochs(state: RunState, event: EpochEvent, params: RunParams): RunState {
  switch (event.name) {
    case 'EpochOpened':
      return epochOpened(state, event, params)
    case 'EpochClosed':
      return epochClosed(state, event, params)
    case 'ScoresCommitted':
      return scoresCommitted(state, event)
    case 'ScoreRevealOpened':
      return scoreRevealOpened(state, event)
    case 'ScoresRevealed':
      return scoresRevealed(state, event, params)
    case 'MediansVerified':
      return mediansVerified(state, event)
    case 'EpochSettled':
      return epochSettled(state, event, params)
  }
}

function operatorChanged(state: RunState, event: OperatorEvent): RunState {
  const before: OperatorState = state.operators.get(event.operator) ?? {
    endpoint: '',
    delegate: ZERO_ADDRESS,
    payout: ZERO_ADDRESS,
  }
  const after =
    event.name === 'EndpointSet'
      ? { ...before, endpoint: event.endpoint }
      : event.name === 'DelegateSet'
        ? { ...before, delegate: event.delegate }
        : { ...before, payout: event.payout }
  return { ...state, operators: new Map(state.operators).set(event.operator, after) }
}

/** The event with its addresses and hashes in lower case; an endpoint is text and stays. */
function lowered(event: RunEvent): RunEvent {
  const result = loweredFields(event)
  return result.name === 'RunCreated' ? { ...result, params: loweredFields(result.params) } : result
}

function loweredFields<T extends object>(value: T): T {
  const fields = Object.entries(value).map(([name, field]: [string, unknown]) =>
    name !== 'endpoint' && isHex(field) ? [name, lowerHex(field)] : [name, field],
  )
  return Object.fromEntries(fields) as T
}

const FUNDING_EVENTS: readonly string[] = ['SourceNamed', 'DepositReturned']

function isOperatorEvent(event: RunEvent): event is OperatorEvent {
  return (EVENT_NAMES.stakeVault as readonly string[]).includes(event.name)
}

function isRewardEvent(event: RunEvent): event is RewardEvent {
  return (EVENT_NAMES.rewardEscrow as readonly string[]).includes(event.name)
}

function isFundingEvent(event: FundingEvent | MemberEvent | EpochEvent | RoundEvent): event is FundingEvent {
  return FUNDING_EVENTS.includes(event.name)
}

function isMemberEvent(event: MemberEvent | EpochEvent | RoundEvent): event is MemberEvent {
  return /^(Member|Heir|Key)/.test(event.name)
}

function isEpochEvent(event: EpochEvent | RoundEvent): event is EpochEvent {
  return /^(Epoch|Score|Medians)/.test(event.name)
}
