// How an amount of pay comes about, worked out again from a run's events by the protocol's rules (contracts/README.md, section 8): from
// the scores of validators to the medians, ranks and shares, from the pot and the pool's holders to wei. Asks nobody.

import { slotsOf } from '@tessera/protocol/bitmap'
import { partOf, potOf } from '@tessera/protocol/claims'
import { type EpochSettlement, settlementOf } from '@tessera/protocol/epochSettlement'
import { type Hex, hexToBytes } from '@tessera/protocol/hex'
import type { ContributionState, EpochState, RoundState, RunState } from '@tessera/protocol/runState'
import { decodeScores } from '@tessera/protocol/scoreCommitment'
import { type Holding, holderPart } from './poolShares.ts'

/** Whose pay of what. */
export interface PayoutOf {
  /** In lower case, as are all addresses here. */
  readonly operator: Hex
  /** Of shares of the operator's pool; null: the operator as the run's owner. */
  readonly holder: Hex | null
  /** 0 is the grant, sponsorships follow from 1. */
  readonly source: bigint
}

/** A validator's word on a miner. */
export interface ScoreOfMiner {
  readonly slot: number
  readonly operator: Hex
  /** Wei. */
  readonly weight: bigint
  readonly score: number
  /** The score, clipped to the median. */
  readonly counted: number
  /** Of what the validator measured. */
  readonly receiptsDigest: Hex
  readonly receiptsSize: bigint
}

export interface MinerPay {
  readonly slot: number
  readonly activeRounds: number
  readonly median: number
  readonly scores: readonly ScoreOfMiner[]
  readonly rank: bigint
  readonly rankSum: bigint
  /** In 2^-64 of each pot, as all shares. */
  readonly share: bigint
}

export interface ValidatorPay {
  readonly slot: number
  readonly activeRounds: number
  readonly weight: bigint
  /** Sums of its scores: as it gave them, and clipped to the medians. */
  readonly given: number
  readonly kept: number
  /** In 1 / (2^32 - 1) of what validators share. */
  readonly part: bigint
  readonly share: bigint
  readonly receiptsDigest: Hex
  readonly receiptsSize: bigint
}

/** A round that the scores rest on. */
export interface RoundOfPay {
  readonly round: bigint
  readonly trainSeed: Hex
  readonly testSeed: Hex
  readonly end: RoundState['end']
  /** The miner's, or those of all miners if the pay is not a miner's. */
  readonly contributions: readonly (ContributionState & { readonly included: boolean })[]
}

export interface Payout extends PayoutOf {
  readonly run: bigint
  readonly epoch: bigint
  readonly token: Hex
  readonly rounds: number
  readonly finalRounds: number
  readonly roundsPerEpoch: number
  readonly quorum: boolean
  readonly miner: MinerPay | null
  readonly validator: ValidatorPay | null
  /** What is earned of each pot in all, and by the operator or the owner. */
  readonly totalShare: bigint
  readonly share: bigint
  /** In units of the token, as all amounts. */
  readonly pot: bigint
  /** What the operator's pool, or the owner, has earned of the pot. */
  readonly earned: bigint
  /** Null for the owner. */
  readonly holding: Holding | null
  readonly commission: bigint
  readonly amount: bigint
  readonly evidence: readonly RoundOfPay[]
}

/** @param holding of the holder, in the second before the epoch opened; null for the owner. */
export function explainPayout(state: RunState, epoch: EpochState, of: PayoutOf, holding: Holding | null): Payout {
  const { operator, holder, source } = of
  const settlement = settlementOf(state, epoch)
  const asOwner = holder === null
  const miner = asOwner ? null : minerPay(state, epoch, settlement, operator)
  const validator = asOwner ? null : validatorPay(state, epoch, settlement, operator)
  const ownerShare = operator === state.owner ? settlement.ownerShare : 0n
  const share = asOwner ? ownerShare : (miner?.share ?? 0n) + (validator?.share ?? 0n)
  const pot = potOf(state, epoch, source)
  const earned = partOf(pot, share)
  const split = holding === null ? undefined : holderPart(earned, holding, holder === operator)
  return {
    ...of,
    run: state.run,
    epoch: epoch.id,
    token: source === 0n ? state.native : (state.sponsorships.get(source)?.token ?? state.native),
    rounds: Number(epoch.lastRound - epoch.firstRound) + 1,
    finalRounds: epoch.finalRounds,
    roundsPerEpoch: state.params?.roundsPerEpoch ?? 0,
    quorum: settlement.quorum,
    miner,
    validator,
    totalShare: settlement.totalShare,
    share,
    pot,
    earned,
    holding,
    commission: split?.commission ?? 0n,
    amount: split === undefined ? earned : split.part,
    evidence: evidenceOf(state, epoch, miner?.slot),
  }
}

function slotOf(operators: ReadonlyMap<number, Hex>, operator: Hex): number | undefined {
  return [...operators].find(([, other]) => other === operator)?.[0]
}

function minerPay(state: RunState, epoch: EpochState, settlement: EpochSettlement, operator: Hex): MinerPay | null {
  const slot = slotOf(epoch.minerOperators, operator)
  if (slot === undefined) return null
  const median = settlement.medians[slot] ?? 0
  const scores = slotsOf(epoch.revealed).flatMap((by): ScoreOfMiner[] => {
    const opened = epoch.opened.get(by)
    if (opened === undefined) return []
    const score = scoresOf(state, opened.scores)[slot] ?? 0
    const { receiptsDigest, receiptsSize } = opened
    const weight = epoch.weights.get(by) ?? 0n
    const counted = settlement.quorum ? Math.min(score, median) : 0
    return [{ slot: by, operator: opened.operator, weight, score, counted, receiptsDigest, receiptsSize }]
  })
  return {
    slot,
    activeRounds: epoch.minerRounds.get(slot) ?? 0,
    median,
    scores,
    rank: settlement.ranks[slot] ?? 0n,
    rankSum: settlement.ranks.reduce((sum, rank) => sum + rank, 0n),
    share: settlement.minerShares[slot] ?? 0n,
  }
}

function validatorPay(
  state: RunState,
  epoch: EpochState,
  settlement: EpochSettlement,
  operator: Hex,
): ValidatorPay | null {
  const slot = slotOf(epoch.validatorOperators, operator)
  const opened = slot === undefined ? undefined : epoch.opened.get(slot)
  if (slot === undefined || opened === undefined) return null
  // Only miners that were active count.
  const scores = scoresOf(state, opened.scores).map((score, at) => (epoch.minerRounds.has(at) ? score : 0))
  const { receiptsDigest, receiptsSize } = opened
  return {
    slot,
    activeRounds: epoch.validatorRounds.get(slot) ?? 0,
    weight: epoch.weights.get(slot) ?? 0n,
    given: scores.reduce((sum, score) => sum + score, 0),
    kept: scores.reduce((sum, score, at) => sum + Math.min(score, settlement.medians[at] ?? 0), 0),
    part: settlement.parts.get(slot) ?? 0n,
    share: settlement.validatorShares.get(slot) ?? 0n,
    receiptsDigest,
    receiptsSize,
  }
}

function scoresOf({ params }: RunState, scores: Hex): Uint16Array {
  return decodeScores(hexToBytes(scores), params?.maxMiners ?? 0)
}

function evidenceOf(state: RunState, epoch: EpochState, miner: number | undefined): readonly RoundOfPay[] {
  return state.rounds.slice(Number(epoch.firstRound) - 1, Number(epoch.lastRound)).map((round) => {
    const { id, trainSeed, testSeed, end } = round
    const included = end?.kind === 'final' ? slotsOf(end.included) : []
    const contributions = [...round.contributions.values()]
      .filter(({ slot }) => miner === undefined || slot === miner)
      .map((contribution) => ({ ...contribution, included: included.includes(contribution.slot) }))
    return { round: id, trainSeed, testSeed, end, contributions }
  })
}
