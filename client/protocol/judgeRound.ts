// What one round says about each of its miners, and what that does to their standing. The rules: score.ts.

import { concatBytes, u64 } from './bytes.ts'
import { sha256 } from './hash.ts'
import { bytesToHex, type Hex, hexToBytes } from './hex.ts'
import { type Rating, rateBehind, rateRanked } from './rating.ts'

/**
 * Why there is nothing to measure. absent: no commitment; unrevealed: not opened; unfetchable: the blob was not to be had;
 * malformed: it is no contribution; wrong-header: it is for something else; copied: another miner revealed it first.
 */
export type FaultReason = (typeof FAULT_REASONS)[number]
export const FAULT_REASONS = ['absent', 'unrevealed', 'unfetchable', 'malformed', 'wrong-header', 'copied'] as const

/** Why a round does not count as valid. not-finite: a loss is no number; harmful: the loss on the drawn samples did not drop. */
export type RoundReason = FaultReason | 'not-finite' | 'harmful'

/** Mean losses in nats per token, without and with the contribution. */
export interface Losses {
  readonly ownBefore: number
  readonly ownAfter: number
  readonly drawnBefore: number
  readonly drawnAfter: number
}

/** What a validator found. unmeasured: it passed every check but was not evaluated; valid, and changes no standing. */
export type Outcome =
  | { readonly kind: 'zero'; readonly reason: FaultReason; readonly detail?: string }
  | ({ readonly kind: 'measured' } & Losses)
  | { readonly kind: 'unmeasured' }

export interface ScoredMiner {
  readonly slot: number
  readonly operator: Hex
  readonly outcome: Outcome
}

export interface ScoredRound {
  readonly round: bigint
  /** Every miner that was active in the round, once. */
  readonly miners: readonly ScoredMiner[]
}

/** The part of a receipt that is about one round. */
export interface Judgement {
  readonly kind: Outcome['kind']
  readonly valid: boolean
  /** Present if and only if the round is not valid. */
  readonly reason?: RoundReason
  readonly detail?: string
  readonly losses?: Losses
  /** Drops in loss by the contribution, nats per token. */
  readonly ownDrop?: number
  readonly drawnDrop?: number
  /** Place among the measured ones, from 1. */
  readonly rank?: number
  /** The drop was not positive, but no one's was, so nobody is blamed. */
  readonly guarded?: true
}

interface StandingLike extends Rating {
  readonly unique: number
}

export interface JudgedMiner<S> {
  readonly slot: number
  readonly operator: Hex
  readonly judgement: Judgement
  readonly standing: S
}

interface Measured {
  readonly miner: ScoredMiner
  readonly losses: Losses
  readonly ownDrop: number
  readonly drawnDrop: number
}

/** Characters of a detail that a receipt keeps. */
export const MAX_DETAIL = 200

/**
 * @param standings of all miners of the round, by operator.
 */
export function judgeRound(
  { round, miners }: ScoredRound,
  standings: ReadonlyMap<Hex, StandingLike>,
  rules: { readonly uniqueAlpha: number; readonly harmfulDrop: number },
): JudgedMiner<StandingLike>[] {
  const standingOf = (miner: ScoredMiner): StandingLike => standings.get(miner.operator) as StandingLike
  const measured = miners.flatMap(measure).sort((a, b) => b.drawnDrop - a.drawnDrop || tieOrder(a, b, round))
  const before = measured.map(({ miner }) => standingOf(miner))
  const rated = rateRanked(before)
  // When everyone's contribution does harm, the state or the data is to blame and not the miners.
  const guarded = measured.every(({ drawnDrop }) => drawnDrop <= rules.harmfulDrop)

  return miners.map((miner) => {
    const { slot, operator, outcome } = miner
    const place = measured.findIndex((entry) => entry.miner === miner)
    const entry = measured[place]
    if (entry !== undefined) {
      const standing = moved(rated[place] as Rating, standingOf(miner).unique, signOf(entry), rules.uniqueAlpha)
      return { slot, operator, judgement: judge(entry, place + 1, guarded, rules.harmfulDrop), standing }
    }
    if (outcome.kind === 'unmeasured')
      return { slot, operator, judgement: { kind: 'unmeasured', valid: true }, standing: standingOf(miner) }
    const behind = rateBehind(standingOf(miner), before)
    const standing = moved(behind, standingOf(miner).unique, -1, rules.uniqueAlpha)
    return { slot, operator, judgement: faultOf(outcome), standing }
  })
}

/** The outcome as a measurement, if every number of it is finite. */
function measure(miner: ScoredMiner): Measured[] {
  const { outcome } = miner
  if (outcome.kind !== 'measured') return []
  const losses = lossesOf(outcome)
  const ownDrop = losses.ownBefore - losses.ownAfter
  const drawnDrop = losses.drawnBefore - losses.drawnAfter
  const numbers = [...Object.values(losses), ownDrop, drawnDrop]
  return numbers.every((number) => Number.isFinite(number)) ? [{ miner, losses, ownDrop, drawnDrop }] : []
}

function lossesOf({ ownBefore, ownAfter, drawnBefore, drawnAfter }: Losses): Losses {
  return { ownBefore, ownAfter, drawnBefore, drawnAfter }
}

function judge({ losses, ownDrop, drawnDrop }: Measured, rank: number, guarded: boolean, harmful: number): Judgement {
  const facts = { kind: 'measured', losses, ownDrop, drawnDrop, rank } as const
  if (drawnDrop > harmful) return { ...facts, valid: true }
  return guarded ? { ...facts, valid: true, guarded } : { ...facts, valid: false, reason: 'harmful' }
}

function faultOf(outcome: Exclude<Outcome, { kind: 'unmeasured' }>): Judgement {
  if (outcome.kind === 'measured')
    return { kind: 'measured', valid: false, reason: 'not-finite', losses: lossesOf(outcome) }
  const { reason, detail } = outcome
  const base = { kind: 'zero', valid: false, reason } as const
  return detail === undefined ? base : { ...base, detail: detail.slice(0, MAX_DETAIL) }
}

function signOf({ ownDrop, drawnDrop }: Measured): number {
  return Math.sign(ownDrop - drawnDrop)
}

function moved({ mu, sigma }: Rating, unique: number, sign: number, alpha: number): StandingLike {
  return { mu, sigma, unique: Math.max(-1, Math.min(1, (1 - alpha) * unique + alpha * sign)) }
}

/** Equal drops need some order, and one that favours nobody for long: a hash of operator and round. */
function tieOrder(a: Measured, b: Measured, round: bigint): number {
  const key = ({ miner }: Measured): Hex => bytesToHex(sha256(concatBytes(hexToBytes(miner.operator, 20), u64(round))))
  return key(a) < key(b) ? -1 : 1
}
