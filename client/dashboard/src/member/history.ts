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
  /** Validators that judged alike stand together: all for whom it was valid, and all with the same reason. */
  readonly groups: readonly JudgedAlike[]
}

export interface JudgedAlike {
  readonly valid: boolean
  readonly reason: string | null
  /** Slots of the validators. */
  readonly slots: readonly number[]
  readonly ranks: readonly number[]
  readonly ownDrops: readonly number[]
}

/** Each round of an epoch, as the validators judged it; oldest first. */
export function judgedRounds({ receipts }: MinerEpoch): readonly JudgedRound[] {
  const rounds = new Map<number, Map<string, JudgedAlike>>()
  for (const { slot, rounds: judged } of receipts)
    for (const { round, valid, reason, rank, ownDrop } of judged) {
      const groups = rounds.get(round) ?? new Map<string, JudgedAlike>()
      const name = valid ? 'valid' : `not: ${reason ?? ''}`
      const alike = groups.get(name) ?? { valid, reason, slots: [], ranks: [], ownDrops: [] }
      groups.set(name, {
        ...alike,
        slots: [...alike.slots, slot],
        ranks: rank === null ? alike.ranks : [...alike.ranks, rank],
        ownDrops: ownDrop === null ? alike.ownDrops : [...alike.ownDrops, ownDrop],
      })
      rounds.set(round, groups)
    }
  return [...rounds]
    .map(([round, groups]) => ({ round, groups: [...groups.values()] }))
    .toSorted((a, b) => a.round - b.round)
}

/** `all 3 validators` or `validators 0, 2`. */
export function slotsText(slots: readonly number[], all: number): string {
  if (slots.length === all && all > 1) return `all ${all} validators`
  return `validator${slots.length === 1 ? '' : 's'} ${slots.join(', ')}`
}

/** Between the two in the middle, as receipts are compared; null of none. */
export function middle(values: readonly number[]): number | null {
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
