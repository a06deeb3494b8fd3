// Events of the coordinator about a run's money: the sponsorship that its epochs need, and its deposit.

import type { FundingEvent } from './events.ts'
import { must } from './impossible.ts'
import { isFit } from './phase.ts'
import type { RunState } from './runState.ts'

export function transitionFunding(state: RunState, event: FundingEvent): RunState {
  if (event.name === 'SourceNamed') {
    must(!isFit(state, state.source), event, `sponsorship ${state.source} still serves`)
    must(isFit(state, event.source), event, `sponsorship ${event.source} is in another token or too small`)
    return { ...state, source: event.source }
  }
  must(state.phase === 'Ended', event, `the phase is ${state.phase}`)
  must(event.owner === state.owner, event, `the owner is ${state.owner}`)
  must(event.amount === state.deposit, event, `the deposit is ${state.deposit} wei`)
  return { ...state, deposit: 0n }
}
