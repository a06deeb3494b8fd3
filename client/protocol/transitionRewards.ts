// Events of the RewardVault: funds, pots, credits, claims.

import type { RewardEvent } from './events.ts'
import type { Hex } from './hex.ts'
import { known, must } from './impossible.ts'
import type { EpochState, RunState, SettledEpoch } from './runState.ts'
import { ZERO_ADDRESS } from './tags.ts'
import { withEpoch } from './transitionEpochs.ts'

type Named<Name extends RewardEvent['name']> = Extract<RewardEvent, { name: Name }>

export function transitionRewards(state: RunState, event: RewardEvent): RunState {
  switch (event.name) {
    case 'Funded':
      return { ...state, funds: state.funds + event.amount }
    case 'PotEscrowed':
      return potEscrowed(state, event)
    case 'Credited':
      return credited(state, event)
    case 'PotReturned':
      return potReturned(state, event)
    case 'Claimed':
      return claimed(state, event)
  }
}

function potEscrowed(state: RunState, event: Named<'PotEscrowed'>): RunState {
  const epoch = known(state.epochs.get(event.epoch), event, `epoch ${event.epoch} never opened`)
  must(!epoch.escrowed, event, `the pot of epoch ${epoch.id} is set aside already`)
  must(event.pot === epoch.pot, event, `the pot of epoch ${epoch.id} is ${epoch.pot}`)
  must(event.pot <= state.funds, event, `the funds are ${state.funds}`)
  return withEpoch({ ...state, funds: state.funds - event.pot }, { ...epoch, escrowed: true })
}

function credited(state: RunState, event: Named<'Credited'>): RunState {
  const { operator, amount } = event
  const [epoch, settlement] = beingPaid(state, event)
  const soFar = settlement.credited.get(operator) ?? 0n
  const due = settlement.due.get(operator) ?? 0n
  must(amount > 0n && soFar + amount <= due, event, `${operator} is due ${due - soFar} wei`)
  const booked = { ...settlement, credited: new Map(settlement.credited).set(operator, soFar + amount) }
  const account = state.credits.get(operator) ?? { earned: 0n, claimed: 0n }
  const credits = new Map(state.credits).set(operator, { ...account, earned: account.earned + amount })
  return afterBooking({ ...state, credits }, epoch, booked)
}

function potReturned(state: RunState, event: Named<'PotReturned'>): RunState {
  const [epoch, settlement] = beingPaid(state, event)
  must(!settlement.restReturned, event, 'it is returned already')
  must(event.amount === settlement.returned && event.amount > 0n, event, `the rest is ${settlement.returned} wei`)
  return afterBooking({ ...state, funds: state.funds + event.amount }, epoch, { ...settlement, restReturned: true })
}

/** The epoch is paid when all credits are booked and the rest is back. */
function afterBooking(state: RunState, epoch: EpochState, settlement: SettledEpoch): RunState {
  const total = [...settlement.credited.values()].reduce((sum, amount) => sum + amount, 0n)
  const done = total === settlement.paid && (settlement.restReturned || settlement.returned === 0n)
  return { ...withEpoch(state, { ...epoch, settlement }), paying: done ? null : epoch.id }
}

function beingPaid(state: RunState, event: Named<'Credited' | 'PotReturned'>): [EpochState, SettledEpoch] {
  const epoch = known(state.epochs.get(event.epoch), event, `epoch ${event.epoch} never opened`)
  must(state.paying === epoch.id, event, `epoch ${epoch.id} is not being settled`)
  return [epoch, known(epoch.settlement, event, `epoch ${epoch.id} is not settled`)]
}

/** A claim takes an operator's whole credit, which may come from other runs too: at least what it has here. */
function claimed(state: RunState, event: Named<'Claimed'>): RunState {
  const account = state.credits.get(event.operator)
  const open = account === undefined ? 0n : account.earned - account.claimed
  if (account === undefined || open === 0n) return state
  must(event.amount >= open, event, `${event.operator} has ${open} wei to claim`)
  const payout = payoutOf(state, event.operator)
  must(event.to === payout, event, `${event.operator} is paid at ${payout}`)
  const credits = new Map(state.credits).set(event.operator, { ...account, claimed: account.earned })
  return { ...state, credits }
}

function payoutOf(state: RunState, operator: Hex): Hex {
  const payout = state.operators.get(operator)?.payout ?? ZERO_ADDRESS
  return payout === ZERO_ADDRESS ? operator : payout
}
