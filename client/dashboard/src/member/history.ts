// A member's epochs as columns for charts, oldest first, and what validators said of each round. Pure.

import type { Answer } from '@tessera/indexer/api/routes'
import { plural } from '../format/plural.ts'
import { scorePart } from '../format/scores.ts'

type Member = Answer<'miner'>
export type MinerEpoch = Member['minerEpochs'][number]
export type ValidatorEpoch = Member['validatorEpochs'][number]
type Receipt = MinerEpoch['receipts'][number]

type Values = readonly (number | null)[]

export interface MinerHistory {
  readonly epochs: readonly number[]
  /** Of 100. */
  readonly score: Values
  /** Of what miners share, 0 to 1. */
  readonly part: Values
  /** Medians over the receipts that were verified. */
  readonly quality: Values
  readonly unique: Values
  readonly validity: Values
  readonly mu: Values
  readonly low: Values
  readonly high: Values
}

export function minerHistory(newestFirst: readonly MinerEpoch[]): MinerHistory {
  const epochs = newestFirst.toReversed()
  const each = (of: (receipt: Receipt) => number | null): Values =>
    epochs.map(({ receipts }) => middle(receipts.map(of).filter((value) => value !== null)))
  const band = (sign: number) => (receipt: Receipt) =>
    receipt.mu === null || receipt.sigma === null ? null : receipt.mu + sign * receipt.sigma
  return {
    epochs: epochs.map(({ epoch }) => epoch),
    score: epochs.map(({ median }) => 100 * scorePart(median)),
    part: epochs.map(({ part }) => part),
    quality: each(({ quality }) => quality),
    unique: each(({ unique }) => unique),
    validity: each(({ validity }) => validity),
    mu: each(({ mu }) => mu),
    low: each(band(-1)),
    high: each(band(1)),
  }
}

export interface ValidatorHistory {
  readonly epochs: readonly number[]
  /** What the medians left of the scores that it gave, 0 to 1; null when it gave none. */
  readonly agreement: Values
  readonly part: Values
}

export function validatorHistory(newestFirst: readonly ValidatorEpoch[]): ValidatorHistory {
  const epochs = newestFirst.toReversed()
  return {
    epochs: epochs.map(({ epoch }) => epoch),
    agreement: epochs.map(({ given, kept }) => (given === 0 ? null : kept / given)),
    part: epochs.map(({ part }) => part),
  }
}

export interface JudgedRound {
  readonly round: number
  /** By the slot of the validator. */
  readonly by: ReadonlyMap<number, Receipt['rounds'][number]>
}

/** Each round of an epoch, as each validator judged it; oldest first. */
export function judgedRounds({ receipts }: MinerEpoch): readonly JudgedRound[] {
  const rounds = new Map<number, Map<number, Receipt['rounds'][number]>>()
  for (const { slot, rounds: judged } of receipts)
    for (const judgement of judged) {
      const by = rounds.get(judgement.round) ?? new Map<number, Receipt['rounds'][number]>()
      by.set(slot, judgement)
      rounds.set(judgement.round, by)
    }
  return [...rounds].map(([round, by]) => ({ round, by })).toSorted((a, b) => a.round - b.round)
}

/** Between the two in the middle, as receipts are compared; null of none. */
function middle(values: readonly number[]): number | null {
  const sorted = values.toSorted((a, b) => a - b)
  const half = sorted.length / 2
  const [below, above] = [sorted[Math.ceil(half) - 1], sorted[Math.floor(half)]]
  return below === undefined || above === undefined ? null : (below + above) / 2
}

/** `Paid in 18 of 20 epochs.` and what the newest says. */
export function paidSummary(epochs: readonly { readonly zero: string | null }[]): string {
  const paid = epochs.filter(({ zero }) => zero === null).length
  if (epochs.length === 0) return 'No epoch that it was in is settled yet.'
  return `Paid in ${paid} of ${plural(epochs.length, 'settled epoch')}.`
}
