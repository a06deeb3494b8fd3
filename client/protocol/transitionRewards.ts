// Events of the RewardEscrow: grants, pots, claims. Sponsors' own: transitionSponsors.ts.

import { partOf, potOf, shareOf } from './claims.ts'
import type { RewardEvent } from './events.ts'
import { known, must } from './impossible.ts'
import { claimKey, type EpochState, type RunState, type SettledEpoch } from './runState.ts'
import { potAt } from './sponsorship.ts'
import { ZERO_ADDRESS } from './tags.ts'
import { withEpoch } from './transitionEpochs.ts'
import { sponsored, sponsorshipRaised, sponsorshipReturned, sponsorshipWithdrawn } from './transitionSponsors.ts'

type Named<Name extends RewardEvent['name']> = Extract<RewardEvent, { name: Name }>

export function transitionRewards(state: RunState, event: RewardEvent): RunState {
  switch (event.name) {
    case 'Granted':
      must(event.amount > 0n, event, 'it gives nothing')
      return { ...state, granted: state.granted + event.amount }
    case 'Sponsored':
      return sponsored(state, event)
    case 'SponsorshipRaised':
      return sponsorshipRaised(state, event)
    case 'SponsorshipWithdrawn':
      return sponsorshipWithdrawn(state, event)
    case 'SponsorshipReturned':
      return sponsorshipReturned(state, event)
    case 'PotsOpened':
      return potsOpened(state, event)
    case 'PotsSettled':
      return potsSettled(state, event)
    case 'Claimed':
      return claimed(state, event)
  }
}

/** The last event of the transaction that opens an epoch: its first round is open by then. */
function potsOpened(state: RunState, event: Named<'PotsOpened'>): RunState {
  const params = known(state.params, event, 'the run has not been created')
  const epoch = beingBooked(state, event)
  must(epoch.pots === null, event, `the pots of epoch ${epoch.id} are set aside already`)
  must(state.round?.epoch === epoch.id, event, `no round of epoch ${epoch.id} is open`)
  const grant = params.epochPot < state.granted ? params.epochPot : state.granted
  must(event.grant === grant, event, `the grant gives ${grant} wei`)
  const pots = [...state.sponsorships.values()].filter((sponsorship) => potAt(sponsorship, epoch.id) > 0n)
  const sponsorships = BigInt(pots.length)
  must(event.sponsorships === sponsorships, event, `${sponsorships} sponsorships have a pot`)
  const granted = state.granted - grant
  return withEpoch({ ...state, granted, booking: null }, { ...epoch, pots: { grant, sponsorships } })
}

function potsSettled(state: RunState, event: Named<'PotsSettled'>): RunState {
  const epoch = beingBooked(state, event)
  const settlement = known(epoch.settlement, event, `epoch ${epoch.id} is not settled`)
  const grant = known(epoch.pots, event, `epoch ${epoch.id} has no pots`).grant
  must(event.totalShare === settlement.totalShare, event, `earned is ${settlement.totalShare}`)
  const returned = grant - partOf(grant, settlement.totalShare)
  must(event.returned === returned, event, `${returned} wei return`)
  const granted = state.granted + returned
  return withEpoch({ ...state, granted, booking: null }, { ...epoch, settlement: { ...settlement, booked: true } })
}

/**
 * The owner's claim is known to the wei. A holder's is not, since it needs the stake vault's history: those of an operator's holders
 * come to no more than what its pool got.
 */
function claimed(state: RunState, event: Named<'Claimed'>): RunState {
  const { operator, holder, source, amount } = event
  const epoch = known(state.epochs.get(event.epoch), event, `epoch ${event.epoch} never opened`)
  const settlement = known(epoch.settlement, event, `epoch ${epoch.id} is not settled`)
  must(source === 0n || state.sponsorships.has(source), event, `there is no sponsorship ${source}`)
  const asOwner = holder === ZERO_ADDRESS
  const due = partOf(potOf(state, epoch, source), shareOf(state, epoch, operator, asOwner))
  const key = claimKey(source, operator, holder)
  must(amount > 0n && !settlement.claimed.has(key), event, `${operator} and ${holder} have nothing to claim`)
  if (asOwner) must(amount === due, event, `the owner is due ${due}`)
  else {
    const before = claimedOf(settlement, event)
    must(before + amount <= due, event, `holders of ${operator} are due ${due}, of which ${before} is claimed`)
  }
  const entries = new Map(settlement.claimed).set(key, amount)
  return withEpoch(state, { ...epoch, settlement: { ...settlement, claimed: entries } })
}

/** What holders of the operator's pool have claimed of the source. */
function claimedOf({ claimed: entries }: SettledEpoch, { source, operator }: Named<'Claimed'>): bigint {
  const owners = claimKey(source, operator, ZERO_ADDRESS)
  const prefix = `${source}/${operator}/`
  return [...entries].reduce(
    (sum, [key, amount]) => (key !== owners && key.startsWith(prefix) ? sum + amount : sum),
    0n,
  )
}

function beingBooked(state: RunState, event: Named<'PotsOpened' | 'PotsSettled'>): EpochState {
  must(state.booking === event.epoch, event, `epoch ${event.epoch} is not being booked`)
  return known(state.epochs.get(event.epoch), event, `epoch ${event.epoch} never opened`)
}
