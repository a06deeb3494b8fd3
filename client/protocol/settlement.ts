// From revealed scores to shares of an epoch's pots (contracts/README.md section 8): medians, ranks, parts, shares. Integers only,
// equal to the contract's PayoutLib and ShareLib to the last unit. Knows neither runs nor members: see epochSettlement.ts.

import { BPS, WHOLE } from './tags.ts'

/** Of a rank: it is the mean of the clipped scores in 2^-16. */
const RANK_SCALE = 2n ** 16n
/** What the parts of all validators sum to at most. */
const PARTS = 2n ** 32n - 1n

/** A validator that revealed. */
export interface RevealedScores {
  readonly slot: number
  /** Wei. */
  readonly weight: bigint
  /** Of the epoch's rounds, those in which it was active. */
  readonly activeRounds: number
  /** By miner slot. */
  readonly scores: Uint16Array
}

export interface SettlementInput {
  /** By miner slot of the run, the rounds in which it was active; scores of those that never were count as 0. */
  readonly minerRounds: readonly number[]
  readonly validators: readonly RevealedScores[]
  /** Weight of all validators of the epoch, whether they revealed or not. */
  readonly totalWeight: bigint
  /** Rounds of the epoch, those of them that moved the root, and those that an epoch has if it is not cut short. */
  readonly rounds: number
  readonly finalRounds: number
  readonly roundsPerEpoch: number
  readonly minerShareBps: number
  readonly validatorShareBps: number
}

/** Shares are in 2^-64 of each pot. */
export interface Settlement {
  /** Whether half of the weight revealed. Without it nothing is earned and all medians are 0. */
  readonly quorum: boolean
  /** By miner slot, as are ranks and minerShares. */
  readonly medians: Uint16Array
  readonly ranks: readonly bigint[]
  readonly minerShares: readonly bigint[]
  /** By validator slot; those that revealed. In 1 / (2^32 - 1). */
  readonly parts: ReadonlyMap<number, bigint>
  readonly validatorShares: ReadonlyMap<number, bigint>
  readonly ownerShare: bigint
  /** What is earned of each pot; the shares sum to no more. */
  readonly totalShare: bigint
}

/** The least score v among the votes with 2 weight(scores <= v) >= weight of all; 0 without votes. */
export function weightedMedian(votes: readonly { readonly weight: bigint; readonly score: number }[]): number {
  const total = sum(votes.map(({ weight }) => weight))
  let upTo = 0n
  for (const { weight, score } of [...votes].sort((a, b) => a.score - b.score)) {
    upTo += weight
    if (2n * upTo >= total) return score
  }
  return 0
}

export function settle(input: SettlementInput): Settlement {
  const { minerRounds, validators } = input
  const total = sum(validators.map(({ weight }) => weight))
  const quorum = total > 0n && 2n * total >= input.totalWeight
  // Without a quorum as without scores: all that follows is 0.
  const counted = quorum ? validators.map((validator) => activeScores(validator, minerRounds)) : []
  const medians = Uint16Array.from(minerRounds, (_, slot) =>
    weightedMedian(counted.map(({ weight, scores }) => ({ weight, score: scores[slot] as number }))),
  )
  const ranks = minerRounds.map((active, slot) => {
    const mass = sum(counted.map(({ weight, scores }) => weight * clipped(scores, medians, slot)))
    return quorum ? (RANK_SCALE * mass * BigInt(active)) / (total * BigInt(input.rounds)) : 0n
  })
  const agreed = counted.map((validator) => agreement(validator, medians, input.rounds))
  const agreedSum = sum(agreed)
  const parts = new Map(
    validators.map(({ slot }, i) => [slot, agreedSum === 0n ? 0n : ((agreed[i] as bigint) * PARTS) / agreedSum]),
  )
  return { quorum, medians, ranks, parts, ...shares(input, ranks, parts) }
}

function activeScores(validator: RevealedScores, minerRounds: readonly number[]): RevealedScores {
  const scores = Uint16Array.from(minerRounds, (active, slot) => (active === 0 ? 0 : (validator.scores[slot] ?? 0)))
  return { ...validator, scores }
}

function clipped(scores: Uint16Array, medians: Uint16Array, slot: number): bigint {
  return BigInt(Math.min(scores[slot] as number, medians[slot] as number))
}

/** The part of a validator's mass that was not clipped, for the rounds in which it was active. */
function agreement({ weight, scores, activeRounds }: RevealedScores, medians: Uint16Array, rounds: number): bigint {
  const own = scores.reduce((all, score) => all + score, 0)
  const kept = scores.reduce((all, score, slot) => all + Math.min(score, medians[slot] as number), 0)
  return own === 0 ? 0n : (weight * BigInt(kept) * BigInt(activeRounds)) / (BigInt(own) * BigInt(rounds))
}

/** What ranks and parts are worth: nothing if all ranks are 0, nor for validators if all parts are. */
function shares(
  { finalRounds, roundsPerEpoch, minerShareBps, validatorShareBps }: SettlementInput,
  ranks: readonly bigint[],
  parts: ReadonlyMap<number, bigint>,
): Pick<Settlement, 'minerShares' | 'validatorShares' | 'ownerShare' | 'totalShare'> {
  const rankSum = sum(ranks)
  const earned = rankSum === 0n ? 0n : (WHOLE * BigInt(finalRounds)) / BigInt(roundsPerEpoch)
  const miners = (earned * BigInt(minerShareBps)) / BPS
  const ofValidators = (earned * BigInt(validatorShareBps)) / BPS
  const ownerShare = earned - miners - ofValidators
  const validators = sum(parts.values()) === 0n ? 0n : ofValidators
  return {
    minerShares: ranks.map((rank) => (rankSum === 0n ? 0n : (miners * rank) / rankSum)),
    validatorShares: new Map([...parts].map(([slot, part]) => [slot, (validators * part) / PARTS])),
    ownerShare,
    totalShare: miners + validators + ownerShare,
  }
}

function sum(values: Iterable<bigint>): bigint {
  let total = 0n
  for (const value of values) total += value
  return total
}
