// How an epoch's pot is divided (contracts/README.md section 8): medians, clipped scores, shares. Integers only, equal to the
// contract's PayoutLib to the wei. Knows neither runs nor members: see epochSettlement.ts.

import { hasSlot } from './bitmap.ts'
import { BPS } from './tags.ts'

/** A validator that revealed, with its scores by miner slot. */
export interface RevealedScores {
  readonly slot: number
  /** Wei. */
  readonly weight: bigint
  readonly scores: Uint16Array
}

export interface SettlementInput {
  /** Wei. */
  readonly pot: bigint
  readonly minerShareBps: number
  readonly validatorShareBps: number
  /** Bitmap of the miners that were active in the epoch; scores of others count as 0. */
  readonly miners: bigint
  /** Miner slots of the run. */
  readonly slots: number
  readonly validators: readonly RevealedScores[]
  /** Weight of all validators of the epoch, whether they revealed or not. */
  readonly totalWeight: bigint
}

/** All amounts in wei. */
export interface Settlement {
  /** Whether half of the weight revealed. Without it nothing is paid and all medians are 0. */
  readonly quorum: boolean
  readonly medians: Uint16Array
  /** By miner slot. */
  readonly minerPay: readonly bigint[]
  /** By validator slot; those that revealed. */
  readonly validatorPay: ReadonlyMap<number, bigint>
  readonly ownerPay: bigint
  readonly paid: bigint
  /** What goes back to the run's funds. */
  readonly returned: bigint
}

/** The least score v among the votes with 2 weight(scores <= v) >= weight of all; 0 without votes. */
export function weightedMedian(votes: readonly { readonly weight: bigint; readonly score: number }[]): number {
  const total = votes.reduce((sum, { weight }) => sum + weight, 0n)
  let upTo = 0n
  for (const { weight, score } of [...votes].sort((a, b) => a.score - b.score)) {
    upTo += weight
    if (2n * upTo >= total) return score
  }
  return 0
}

export function settle(input: SettlementInput): Settlement {
  const { pot, miners, slots, validators, totalWeight } = input
  const revealed = validators.reduce((sum, { weight }) => sum + weight, 0n)
  if (2n * revealed < totalWeight) return unpaid(input, validators)

  const scoreOf = (scores: Uint16Array, slot: number): number => (hasSlot(miners, slot) ? (scores[slot] ?? 0) : 0)
  const medians = Uint16Array.from({ length: slots }, (_, slot) =>
    weightedMedian(validators.map(({ weight, scores }) => ({ weight, score: scoreOf(scores, slot) }))),
  )
  const minerShares: bigint[] = Array.from({ length: slots }, () => 0n)
  const validatorShares = new Map<number, bigint>()
  for (const { slot: validator, weight, scores } of validators) {
    let own = 0n
    let agreed = 0n
    for (let slot = 0; slot < slots; slot++) {
      const score = scoreOf(scores, slot)
      const clipped = BigInt(Math.min(score, medians[slot] as number))
      own += BigInt(score)
      agreed += clipped
      minerShares[slot] = (minerShares[slot] as bigint) + weight * clipped
    }
    validatorShares.set(validator, own === 0n ? 0n : (weight * agreed) / own)
  }
  const minerSum = sum(minerShares)
  if (minerSum === 0n) return { ...unpaid(input, validators), quorum: true, medians }

  const minerPot = (pot * BigInt(input.minerShareBps)) / BPS
  const validatorPot = (pot * BigInt(input.validatorShareBps)) / BPS
  const validatorSum = sum(validatorShares.values())
  const minerPay = minerShares.map((share) => (minerPot * share) / minerSum)
  const validatorPay = new Map(
    [...validatorShares].map(([slot, share]) => [
      slot,
      validatorSum === 0n ? 0n : (validatorPot * share) / validatorSum,
    ]),
  )
  const ownerPay = pot - minerPot - validatorPot
  const paid = ownerPay + sum(minerPay) + sum(validatorPay.values())
  return { quorum: true, medians, minerPay, validatorPay, ownerPay, paid, returned: pot - paid }
}

function unpaid({ pot, slots }: SettlementInput, validators: readonly RevealedScores[]): Settlement {
  return {
    quorum: false,
    medians: new Uint16Array(slots),
    minerPay: Array.from({ length: slots }, () => 0n),
    validatorPay: new Map(validators.map(({ slot }) => [slot, 0n])),
    ownerPay: 0n,
    paid: 0n,
    returned: pot,
  }
}

function sum(values: Iterable<bigint>): bigint {
  let total = 0n
  for (const value of values) total += value
  return total
}
