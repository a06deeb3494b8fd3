// What stake would earn in a year if it went on as it did: a projection with its assumptions, or none where there is too little to
// tell from. Pure.

import { durationText } from '../format/numbers.ts'

/** As the indexer tells of holders and operators. */
export interface Pace {
  readonly epochs: number
  readonly seconds: number
  /** Wei. */
  readonly stake: bigint
  readonly earned: bigint
}

export interface Projection {
  /** Of the stake, in a year: 0.12 is 12 %. */
  readonly part: number
  /** Wei a year, of the stake that it was told from. */
  readonly perYear: bigint
  /** Sentences. */
  readonly assumptions: readonly string[]
}

/** With fewer the last epoch alone would say it. */
export const LEAST_EPOCHS = 3
/** From less than a day a year would be told by chance, multiplied. */
export const LEAST_SECONDS = 86_400
const YEAR_SECONDS = 31_557_600n
const SCALE = 1_000_000n

export function projectionOf(pace: Pace | null): Projection | undefined {
  if (pace === null) return undefined
  const { epochs, seconds, stake, earned } = pace
  if (epochs < LEAST_EPOCHS || seconds < LEAST_SECONDS || stake <= 0n || earned < 0n) return undefined
  const perYear = (earned * YEAR_SECONDS) / BigInt(seconds)
  return {
    part: Number((perYear * SCALE) / stake) / Number(SCALE),
    perYear,
    assumptions: [
      `As in the last ${epochs} epochs, which took ${durationText(seconds)}: the same runs, as often paid.`,
      'The same stake with the same operators, who do as well as they did.',
      'The same commission.',
      'Nothing compounded: rewards are claimed, not staked.',
      'The same emission; it falls over the years.',
    ],
  }
}
