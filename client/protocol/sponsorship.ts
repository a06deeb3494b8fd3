// Which pot a sponsorship has in which epoch (SponsorshipLib). With first f, budget B and rate R, epoch e >= f has the pot
// max(0, min(R, B - (e - f) R)): R each, the rest in the last one.

import type { SponsorshipState } from './runState.ts'

type Terms = Pick<SponsorshipState, 'firstEpoch' | 'perEpoch' | 'budget'>

/** In units of the sponsorship's token. */
export function potAt({ firstEpoch, perEpoch, budget }: Terms, epoch: bigint): bigint {
  if (epoch < firstEpoch) return 0n
  const left = budget - (epoch - firstEpoch) * perEpoch
  return left <= 0n ? 0n : left < perEpoch ? left : perEpoch
}

/** The first epoch that it has no pot in any more. */
export function sponsorshipEnd({ firstEpoch, perEpoch, budget }: Terms): bigint {
  return firstEpoch + (budget + perEpoch - 1n) / perEpoch
}

/**
 * What no opened epoch holds: all that the sponsor can withdraw.
 * @param last the last epoch of the run that has opened.
 */
export function freeOf(terms: Terms, last: bigint): bigint {
  const due = dueOf(terms, last)
  return terms.budget > due ? terms.budget - due : 0n
}

/** Whether an epoch has opened that did not get all of the rate: then nothing can be added any more. */
export function isSpent(terms: Terms, last: bigint): boolean {
  return terms.budget < dueOf(terms, last)
}

function dueOf({ firstEpoch, perEpoch }: Terms, last: bigint): bigint {
  return (last + 1n - firstEpoch) * perEpoch
}
