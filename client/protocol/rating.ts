// How good an operator's work is compared with the others': a rating that moves with the ranks of each round (OpenSkill,
// Plackett-Luce). Losses themselves are too noisy to pay on. Scores are one validator's opinion, so floating point is fine here.

import { rate } from 'openskill'

export interface Rating {
  readonly mu: number
  readonly sigma: number
}

/** OpenSkill's own start: mu 25, sigma 25 / 3. */
export const FIRST_RATING: Rating = { mu: 25, sigma: 25 / 3 }

/** @param ranked ratings, best first; no ties. The same order comes back. Nothing is learnt from a round of one. */
export function rateRanked(ranked: readonly Rating[]): Rating[] {
  if (ranked.length < 2) return [...ranked]
  return rate(ranked.map((rating) => [{ ...rating }])).flat()
}

/**
 * The rating of one that delivered nothing that could be measured: as if it had come last behind the `ranked` ones, which it
 * does not move. So a missing contribution never keeps a better rating than the worst one.
 */
export function rateBehind(rating: Rating, ranked: readonly Rating[]): Rating {
  return rateRanked([...ranked, rating]).at(-1) ?? rating
}

export interface Candidate {
  readonly slot: number
  /** mu; minus infinity if nothing is known. */
  readonly rating: number
}

/**
 * Slots that a leader proposes to include of those with a valid contribution: the best `limit`, the lower slot first among equals.
 * Whom measurements have put at a rating that is not positive, so that it is not paid for quality either, is left out as long as
 * anyone else is there.
 */
export function chooseIncluded(candidates: readonly Candidate[], limit: number): number[] {
  const trusted = candidates.filter(({ rating }) => rating > 0 || rating === Number.NEGATIVE_INFINITY)
  return (trusted.length > 0 ? trusted : candidates)
    .toSorted((a, b) => (a.rating === b.rating ? a.slot - b.slot : b.rating - a.rating))
    .slice(0, limit)
    .map(({ slot }) => slot)
}
