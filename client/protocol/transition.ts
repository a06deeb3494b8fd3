// A run's state after one more event: the replay of a run from its log. It recomputes what the contract computed (commitments,
// leader draws, quorums, medians, payouts) and stops at any difference, so a replay is a check of the contract as well.
//
// Feed every event of the coordinator and of the reward vault that names the run, all claims, and all of the stake vault's named
// in events.ts, in the order of the log.

import type { EpochEvent, MemberEvent, OperatorEvent, RewardEvent, RoundEvent, RunEvent, RunParams } from './events.ts'
import { isHex, lowerHex } from './hex.ts'
import { known, must } from './impossible.ts'
import type { OperatorState, RunState } from './runState.ts'
import { ZERO_ADDRESS } from './tags.ts'
import { leaderDrawn, proposed, roundFinalized, roundVoided, runStopped, voted } from './transitionAttest.ts'
import {
  epochClosed,
  epochOpened,
  epochSettled,
  scoreRevealOpened,
  scoresCommitted,
  scoresRevealed,
} from './transitionEpochs.ts'
import { transitionMembers } from './transitionMembers.ts'
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
  const booking = event.name === 'Credited' || event.name === 'PotReturned'
  if ('run' in event) must(state.paying === null || booking, event, `the pot of epoch ${state.paying} is not paid out`)

  if (isOperatorEvent(event)) return operatorChanged(state, event)
  if (isRewardEvent(event)) return transitionRewards(state, event)
  if (event.name === 'RunCreated') {
    must(state.params === null, event, 'the run exists')
    const { owner, params } = event
    return { ...state, owner, params, phase: 'Idle', stateRoot: params.genesisRoot }
  }
  const params = known(state.params, event, 'the run has not been created')
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
    case 'EpochSettled':
      return epochSettled(state, event)
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
  const fields = Object.entries(event).map(([name, value]: [string, unknown]) =>
    name !== 'endpoint' && isHex(value) ? [name, lowerHex(value)] : [name, value],
  )
  const result = Object.fromEntries(fields) as RunEvent
  if (result.name !== 'RunCreated') return result
  const { params } = result
  const { manifestDigest, genesisRoot } = params
  return {
    ...result,
    params: { ...params, manifestDigest: lowerHex(manifestDigest), genesisRoot: lowerHex(genesisRoot) },
  }
}

const OPERATOR_EVENTS: readonly RunEvent['name'][] = ['EndpointSet', 'DelegateSet', 'PayoutSet']
const REWARD_EVENTS: readonly RunEvent['name'][] = ['Funded', 'PotEscrowed', 'Credited', 'PotReturned', 'Claimed']
const MEMBER_EVENTS: readonly RunEvent['name'][] = ['MemberJoined', 'MemberLeaving', 'MemberReleased']

function isOperatorEvent(event: RunEvent): event is OperatorEvent {
  return OPERATOR_EVENTS.includes(event.name)
}

function isRewardEvent(event: RunEvent): event is RewardEvent {
  return REWARD_EVENTS.includes(event.name)
}

function isMemberEvent(event: RunEvent): event is MemberEvent {
  return MEMBER_EVENTS.includes(event.name)
}

function isEpochEvent(event: MemberEvent | EpochEvent | RoundEvent): event is EpochEvent {
  return event.name.startsWith('Epoch') || event.name.startsWith('Score')
}
