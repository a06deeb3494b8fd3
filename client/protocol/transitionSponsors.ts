// Events of the RewardEscrow by which sponsors give and take back: sponsorship.ts.

import { partOf } from './claims.ts'
import type { RewardEvent } from './events.ts'
import { known, must } from './impossible.ts'
import type { RunState, SponsorshipState } from './runState.ts'
import { freeOf, isSpent, potAt, sponsorshipEnd } from './sponsorship.ts'
import { ZERO_ADDRESS } from './tags.ts'

type Named<Name extends RewardEvent['name']> = Extract<RewardEvent, { name: Name }>

export function sponsored(state: RunState, event: Named<'Sponsored'>): RunState {
  const { sponsor, token, amount, perEpoch, firstEpoch, source } = event
  const expected = BigInt(state.sponsorships.size) + 1n
  must(source === expected, event, `the next sponsorship is ${expected}`)
  must(firstEpoch === lastOpened(state) + 1n, event, 'it begins with the next epoch')
  must(amount > 0n && perEpoch > 0n, event, 'it gives nothing')
  return withSponsorship(state, source, {
    token,
    sponsor,
    firstEpoch,
    perEpoch,
    budget: amount,
    nextReturn: firstEpoch,
  })
}

export function sponsorshipRaised(state: RunState, event: Named<'SponsorshipRaised'>): RunState {
  const sponsorship = sponsorshipOf(state, event)
  must(event.amount > 0n, event, 'it gives nothing')
  must(!isSpent(sponsorship, lastOpened(state)), event, 'an epoch did not get all of the rate')
  return withSponsorship(state, event.source, { ...sponsorship, budget: sponsorship.budget + event.amount })
}

/** INVARIANT: what an opened epoch holds stays. */
export function sponsorshipWithdrawn(state: RunState, event: Named<'SponsorshipWithdrawn'>): RunState {
  const sponsorship = sponsorshipOf(state, event)
  const free = freeOf(sponsorship, lastOpened(state))
  must(event.amount > 0n && event.amount <= free, event, `${free} is free`)
  must(event.to !== ZERO_ADDRESS, event, 'it goes to nobody')
  return withSponsorship(state, event.source, { ...sponsorship, budget: sponsorship.budget - event.amount })
}

/** INVARIANT: the unearned part of a pot goes back once. */
export function sponsorshipReturned(state: RunState, event: Named<'SponsorshipReturned'>): RunState {
  const sponsorship = sponsorshipOf(state, event)
  const { nextReturn } = sponsorship
  const { nextEpoch, amount } = event
  must(nextEpoch >= nextReturn, event, `epochs before ${nextReturn} have returned`)
  must(nextEpoch === nextReturn || nextEpoch <= sponsorshipEnd(sponsorship), event, 'it has no pot there')
  must(event.to !== ZERO_ADDRESS, event, 'it goes to nobody')
  let returned = 0n
  for (let id = nextReturn; id < nextEpoch; id++) {
    const settlement = known(state.epochs.get(id)?.settlement, event, `epoch ${id} is not settled`)
    const pot = potAt(sponsorship, id)
    returned += pot - partOf(pot, settlement.totalShare)
  }
  must(amount === returned, event, `${returned} returns`)
  return withSponsorship(state, event.source, { ...sponsorship, nextReturn: nextEpoch })
}

function lastOpened({ epochs }: RunState): bigint {
  return BigInt(epochs.size)
}

function sponsorshipOf(state: RunState, event: Extract<RewardEvent, { source: bigint }>): SponsorshipState {
  return known(state.sponsorships.get(event.source), event, `there is no sponsorship ${event.source}`)
}

function withSponsorship(state: RunState, source: bigint, sponsorship: SponsorshipState): RunState {
  return { ...state, sponsorships: new Map(state.sponsorships).set(source, sponsorship) }
}
