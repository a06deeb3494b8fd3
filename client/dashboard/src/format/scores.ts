// Scores and shares of stake for people. Pure.

import { percentText } from './numbers.ts'

/** A score is 16 bits on the chain. */
const MOST_SCORE = 65_535

/** Of the most that there is, 0 to 1. */
export function scorePart(score: number): number {
  return score / MOST_SCORE
}

/** `81.2`, of 100. */
export function scoreText(score: number): string {
  return (100 * scorePart(score)).toFixed(1)
}

/** Part of a sum, 0 to 1; 0 of nothing. */
export function partOf(value: bigint, sum: bigint): number {
  return sum === 0n ? 0 : Number((value * 1_000_000n) / sum) / 1_000_000
}

/** `31 of 32 (96.9 %)`. */
export function uptimeText({ acted, active }: { readonly acted: number; readonly active: number }): string {
  return active === 0 ? 'none yet' : `${acted} of ${active} (${percentText(acted / active)})`
}
