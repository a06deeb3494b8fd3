// One validator's scores of an epoch, from what it measured: rating x unique work x validity, each clamped to [0, 1] before they
// are multiplied, and receipts that say why. Pure; measuring is the validator's.
//
// INVARIANT: worse input never pays more. A contribution that fails is judged like the worst one that was measured: last in the
// ranks, -1 in the unique-work average, and its round is not valid. (Exactly so within a round; over many rounds a relative rating
// leaves a slack far below one percent, see the test.) INVARIANT: no zero without a reason.

import { canonicalJson, decodeJson, type Json, type Refusal } from './canonicalJson.ts'
import { TesseraError } from './errors.ts'
import type { Hex } from './hex.ts'
import { JsonFields } from './jsonFields.ts'
import { type Judgement, judgeRound, type ScoredRound } from './judgeRound.ts'
import { FIRST_RATING } from './rating.ts'
import { SCORE_MAX } from './tags.ts'

export type { FaultReason, Outcome, RoundReason, ScoredRound } from './judgeRound.ts'

/** What a validator remembers of an operator from one epoch to the next. */
export interface Standing {
  readonly mu: number
  readonly sigma: number
  /** Moving average of sign(drop on own samples - drop on drawn ones), from -1 to 1. */
  readonly unique: number
}

/** By operator address in lower case: a rating belongs to an operator, not to a slot. */
export interface ScoreState {
  readonly version: 1
  readonly miners: Readonly<Record<Hex, Standing>>
}

export const emptyScoreState: ScoreState = { version: 1, miners: {} }
export const FIRST_STANDING: Standing = { ...FIRST_RATING, unique: 1 }

/** The numbers that scores depend on; receipts repeat them. */
export const SCORE_RULES = {
  /** Weight of a new sign in the unique-work average. */
  uniqueAlpha: 0.1,
  /** The rating that counts as full quality. */
  fullRating: 50,
  /** A drop in loss on the drawn samples of at most this is harm. Nats per token. */
  harmfulDrop: 0,
} as const

/**
 * Why an epoch's score is zero. inactive: in no round; no-valid-round: see the reasons of its rounds; low-rating: mu is not
 * positive; no-unique-work: the average is -1; too-small: positive, but rounded to nothing.
 */
export type ScoreReason = 'inactive' | 'no-valid-round' | 'low-rating' | 'no-unique-work' | 'too-small'

export interface MinerReceipt {
  readonly slot: number
  readonly operator: Hex
  readonly score: number
  /** Present if and only if the score is zero. */
  readonly reason?: ScoreReason
  readonly factors: { readonly quality: number; readonly unique: number; readonly validity: number }
  readonly before: Standing
  readonly after: Standing
  readonly rounds: readonly (Judgement & { readonly round: bigint })[]
}

/** Everything a validator says about an epoch: enough to work the scores out again. */
export interface Receipts {
  readonly version: 1
  readonly run: bigint
  readonly epoch: bigint
  readonly validator: Hex
  /** Miner slots of the run: the length of the vector of scores. */
  readonly slots: number
  readonly rules: typeof SCORE_RULES
  /** Ascending by slot. */
  readonly miners: readonly MinerReceipt[]
}

export interface ScoreRequest {
  readonly run: bigint
  readonly epoch: bigint
  /** Operator address of the one that scores. */
  readonly validator: Hex
  /** Miner slots of the run. */
  readonly slots: number
  /** Slots that are taken; those that were in no round get a receipt too. */
  readonly members: readonly { readonly slot: number; readonly operator: Hex }[]
  /** In order; each with every miner that was active in it. */
  readonly rounds: readonly ScoredRound[]
  readonly previous: ScoreState
}

export interface EpochScores {
  /** By miner slot. */
  readonly scores: Uint16Array
  readonly state: ScoreState
  readonly receipts: Receipts
}

/**
 * @throws `score/bad-input` when a slot is out of range, twice in a round or of two operators.
 */
export function scoreEpoch(request: ScoreRequest): EpochScores {
  const miners = collectMiners(request)
  const standings = new Map<Hex, Standing>()
  const before = (operator: Hex): Standing => request.previous.miners[operator] ?? FIRST_STANDING
  for (const { operator } of miners) standings.set(operator, before(operator))

  const judged = new Map<number, (Judgement & { readonly round: bigint })[]>(miners.map(({ slot }) => [slot, []]))
  for (const round of request.rounds) {
    const results = judgeRound({ ...round, miners: round.miners.map(lowered) }, standings, SCORE_RULES)
    for (const { slot, operator, judgement, standing } of results) {
      standings.set(operator, standing)
      judged.get(slot)?.push({ ...judgement, round: round.round })
    }
  }
  const receipts = miners.map(({ slot, operator }) => {
    const after = standings.get(operator) ?? before(operator)
    return receiptOf({ slot, operator, before: before(operator), after, rounds: judged.get(slot) ?? [] })
  })
  const scores = new Uint16Array(request.slots)
  for (const { slot, score } of receipts) scores[slot] = score
  const { run, epoch, validator, slots, previous } = request
  return {
    scores,
    state: { version: 1, miners: { ...previous.miners, ...Object.fromEntries(standings) } },
    receipts: { version: 1, run, epoch, validator: lower(validator), slots, rules: SCORE_RULES, miners: receipts },
  }
}

const STATE_REFUSAL: Refusal = {
  code: 'score/bad-state',
  hint: 'The stored ratings are damaged: restore them from a backup, or start anew from emptyScoreState',
}
const MAX_STATE_BYTES = 2 ** 24
const MAX_STANDINGS = 100_000

/** Plain JSON, canonical. */
export function encodeScoreState(state: ScoreState): string {
  return canonicalJson(state as unknown as Json)
}

/** @throws `score/bad-state` */
export function parseScoreState(text: string): ScoreState {
  const value = decodeJson(new TextEncoder().encode(text), MAX_STATE_BYTES, STATE_REFUSAL)
  return JsonFields.read(value, '', STATE_REFUSAL, (fields) => ({
    version: fields.choice('version', [1]),
    miners: fields.byAddress('miners', MAX_STANDINGS, readStanding),
  }))
}

/** Bounds far beyond what ratings reach, so that arithmetic with them stays finite. */
export function readStanding(fields: JsonFields): Standing {
  return {
    mu: fields.number('mu', -1000, 1000),
    sigma: fields.number('sigma', 0, 1000),
    unique: fields.number('unique', -1, 1),
  }
}

/** Score, factors and reason of one miner. */
function receiptOf(miner: Omit<MinerReceipt, 'score' | 'reason' | 'factors'>): MinerReceipt {
  const { after, rounds } = miner
  const valid = rounds.filter((round) => round.valid).length
  const factors = {
    quality: clamp(after.mu / SCORE_RULES.fullRating),
    unique: clamp(0.5 + 0.5 * after.unique),
    validity: rounds.length === 0 ? 0 : clamp(valid / rounds.length),
  }
  const score = Math.round(SCORE_MAX * factors.quality * factors.unique * factors.validity)
  if (score > 0) return { ...miner, factors, score }
  return { ...miner, factors, score, reason: reasonOf(rounds.length, factors) }
}

function reasonOf(rounds: number, { quality, unique, validity }: MinerReceipt['factors']): ScoreReason {
  if (rounds === 0) return 'inactive'
  if (validity === 0) return 'no-valid-round'
  if (quality === 0) return 'low-rating'
  return unique === 0 ? 'no-unique-work' : 'too-small'
}

/** Everyone that gets a receipt, ascending by slot. */
function collectMiners({ slots, members, rounds }: ScoreRequest): { slot: number; operator: Hex }[] {
  const operators = new Map<number, Hex>()
  const take = (slot: number, address: Hex): void => {
    const operator = lower(address)
    if (!Number.isInteger(slot) || slot < 0 || slot >= slots) throw badInput(`slot ${slot} of ${slots}`)
    if ((operators.get(slot) ?? operator) !== operator) throw badInput(`slot ${slot} has two operators`)
    operators.set(slot, operator)
  }
  for (const { slot, operator } of members) take(slot, operator)
  for (const { round, miners } of rounds) {
    for (const { slot, operator } of miners) take(slot, operator)
    if (new Set(miners.map(({ slot }) => slot)).size !== miners.length) throw badInput(`a slot twice in round ${round}`)
  }
  if (new Set(operators.values()).size !== operators.size) throw badInput('an operator in two slots')
  return [...operators].map(([slot, operator]) => ({ slot, operator })).sort((a, b) => a.slot - b.slot)
}

function clamp(value: number): number {
  return Math.max(0, Math.min(1, value))
}

function lower(address: Hex): Hex {
  return address.toLowerCase() as Hex
}

function lowered<T extends { readonly operator: Hex }>(miner: T): T {
  return { ...miner, operator: lower(miner.operator) }
}

function badInput(what: string): TesseraError {
  return new TesseraError('score/bad-input', `these rounds cannot be scored: ${what}`, {
    hint: 'Pass the members and rounds of one epoch of one run, as the chain has them',
  })
}
