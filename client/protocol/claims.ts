// Who can still claim what of a run's settled epochs. Only bounds in wei: a holder's part of what an operator's pool earned needs the
// stake vault's history, and is known by the escrow (`claimable`).

import type { Hex } from './hex.ts'
import { claimKey, type EpochState, type RunState } from './runState.ts'
import { potAt } from './sponsorship.ts'
import { WHOLE, ZERO_ADDRESS } from './tags.ts'

/** As the escrow's claims name them. */
export interface Claimant {
  readonly operator: Hex
  /** Of shares of the operator's pool, the operator itself included; the zero address: the operator as the run's owner. */
  readonly holder: Hex
}

/** Epochs of a source that something can be claimed of. */
export interface Claimable {
  /** 0 is the grant, sponsorships follow from 1. */
  readonly source: bigint
  readonly token: Hex
  /** Ascending. */
  readonly epochs: readonly bigint[]
  /** What can be claimed at most, in the token's own units. Exact for the run's owner. */
  readonly most: bigint
}

/** What an operator's pool, or the run's owner, has earned of the settled epochs, claimed or not. For displays, of which there is none yet: @testonly. */
export function claimableSources(state: RunState, operator: Hex, asOwner = false): Claimable[] {
  return collect(state, (epoch) => shareOf(state, epoch, operator, asOwner))
}

/** What a claimant has not claimed yet. Addresses in lower case. */
export function unclaimed(state: RunState, { operator, holder }: Claimant): Claimable[] {
  const asOwner = holder === ZERO_ADDRESS
  return collect(state, (epoch, source) => {
    const done = epoch.settlement?.claimed.has(claimKey(source, operator, holder)) === true
    return done ? 0n : shareOf(state, epoch, operator, asOwner)
  })
}

/** What an epoch holds of a source, in the token's own units. */
export function potOf({ sponsorships }: RunState, epoch: EpochState, source: bigint): bigint {
  if (source === 0n) return epoch.pots?.grant ?? 0n
  const sponsorship = sponsorships.get(source)
  return sponsorship === undefined ? 0n : potAt(sponsorship, epoch.id)
}

/** Of a settled epoch's pots, in 2^-64: what an operator earned as a member, or as the run's owner. */
export function shareOf(state: RunState, { settlement }: EpochState, operator: Hex, asOwner: boolean): bigint {
  if (settlement === null || !settlement.booked) return 0n
  if (asOwner) return operator === state.owner ? settlement.ownerShare : 0n
  return settlement.shares.get(operator) ?? 0n
}

/** The part of a pot that a share is. */
export function partOf(pot: bigint, share: bigint): bigint {
  return (pot * share) / WHOLE
}

function collect(state: RunState, share: (epoch: EpochState, source: bigint) => bigint): Claimable[] {
  const tokens = [
    [0n, state.native] as const,
    ...[...state.sponsorships].map(([source, { token }]) => [source, token] as const),
  ]
  return tokens.flatMap(([source, token]) => {
    const parts = [...state.epochs.values()]
      .map((epoch) => ({ id: epoch.id, part: partOf(potOf(state, epoch, source), share(epoch, source)) }))
      .filter(({ part }) => part > 0n)
    const most = parts.reduce((sum, { part }) => sum + part, 0n)
    return most === 0n ? [] : [{ source, token, epochs: parts.map(({ id }) => id), most }]
  })
}
