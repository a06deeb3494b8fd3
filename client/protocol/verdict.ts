// What the votes of an attempt come to (AttestLib).

import { slotsOf } from './bitmap.ts'
import type { RoundState } from './runState.ts'

/** Agreed: two thirds of the round's weight attest. Rejected: more than a third refuses, so that two thirds are out of reach. */
export type Verdict = 'Open' | 'Agreed' | 'Rejected'

export type Votes = Pick<RoundState, 'weights' | 'totalWeight' | 'attested' | 'refused'>

export function verdictOf({ weights, totalWeight, attested, refused }: Votes): Verdict {
  if (3n * weightOf(weights, attested) >= 2n * totalWeight) return 'Agreed'
  return 3n * weightOf(weights, refused) > totalWeight ? 'Rejected' : 'Open'
}

/** The loss guard: whether most of the weight that attested measured a worse model. */
export function isWorse({ weights, attested, worse }: Pick<RoundState, 'weights' | 'attested' | 'worse'>): boolean {
  return 2n * weightOf(weights, worse) > weightOf(weights, attested)
}

/** Wei of the validators in a bitmap. */
export function weightOf(weights: ReadonlyMap<number, bigint>, slots: bigint): bigint {
  return slotsOf(slots).reduce((sum, slot) => sum + (weights.get(slot) ?? 0n), 0n)
}
