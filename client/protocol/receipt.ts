// Receipts as a document: what a validator measured, and why it gave which score. Canonical JSON whose digest is in the score
// commitment, so the answer to "why is my pay zero" cannot be changed afterwards.

import { bytesEqual } from './bytes.ts'
import { decodeJson, encodeJson, type Json, type Refusal, refuse } from './canonicalJson.ts'
import { TesseraError } from './errors.ts'
import { bytesToHex, type Hex, sameHex } from './hex.ts'
import { JsonFields } from './jsonFields.ts'
import { FAULT_REASONS, type Judgement, type Losses, MAX_DETAIL, type Outcome, type ScoredRound } from './judgeRound.ts'
import { type MinerReceipt, type Receipts, readStanding, SCORE_RULES, type ScoreState, scoreEpoch } from './score.ts'
import { encodeScores } from './scoreCommitment.ts'
import { MAX_MINERS, SCORE_MAX } from './tags.ts'

export type { MinerReceipt, Receipts } from './score.ts'

export const MAX_RECEIPTS_BYTES = 2 ** 24
const MAX_ROUNDS = 65_535

const REFUSAL: Refusal = {
  code: 'receipt/invalid',
  hint: "The validator's receipts cannot be read; ask it, and count on the other validators'",
}
const SCORE_REASONS = ['inactive', 'no-valid-round', 'low-rating', 'no-unique-work', 'too-small'] as const
const LOSSES = ['ownBefore', 'ownAfter', 'drawnBefore', 'drawnAfter'] as const

/** Losses that are no finite numbers are written as null. */
export function encodeReceipts(receipts: Receipts): Uint8Array {
  const miners = receipts.miners.map((miner) => ({ ...miner, rounds: miner.rounds.map(writeRound) }))
  const { run, epoch } = receipts
  return encodeJson({ ...receipts, run: String(run), epoch: String(epoch), miners } as unknown as Json)
}

/** @throws `receipt/invalid`; `context.field` names what is wrong. */
export function decodeReceipts(bytes: Uint8Array): Receipts {
  const value = decodeJson(bytes, MAX_RECEIPTS_BYTES, REFUSAL)
  const receipts = JsonFields.read(value, '', REFUSAL, readReceipts)
  if (!bytesEqual(encodeReceipts(receipts), bytes)) throw refuse(REFUSAL, 'document', 'is not canonical JSON')
  return receipts
}

/**
 * Works the scores out again from the losses and earlier standings that the receipts state. Whether those are true is for the
 * other validators' receipts to tell.
 * @throws `receipt/inconsistent`
 */
export function verifyReceipts(receipts: Receipts): void {
  const { run, epoch, validator, slots, miners } = receipts
  const previous: ScoreState = {
    version: 1,
    miners: Object.fromEntries(miners.map(({ operator, before }) => [operator, before])),
  }
  const again = recompute({ run, epoch, validator, slots, members: miners, rounds: roundsOf(miners), previous })
  for (const [i, stated] of miners.entries()) {
    const found = again.miners[i]
    // The exponential function may differ in its last bit between machines, so a score by one.
    if (found?.slot !== stated.slot || Math.abs(found.score - stated.score) > 1)
      throw inconsistent(`slot ${stated.slot} has score ${stated.score}, its losses give ${found?.score}`)
    if (found.reason !== stated.reason && Math.min(found.score, stated.score) === 0 && found.score === stated.score)
      throw inconsistent(`slot ${stated.slot} names ${stated.reason} as the reason, its losses give ${found.reason}`)
    for (const [r, round] of stated.rounds.entries())
      if (found.rounds[r]?.reason !== round.reason)
        throw inconsistent(`slot ${stated.slot}, round ${round.round}: ${round.reason} is not what its losses give`)
  }
}

/** What a validator revealed on chain of an epoch. */
export interface RevealedScores {
  readonly run: bigint
  readonly epoch: bigint
  readonly validator: Hex
  /** Two bytes for each miner slot. */
  readonly scores: Hex
}

/**
 * Holds receipts against the scores that they came with. Whether they agree with themselves is `verifyReceipts`' business.
 * @throws `receipt/inconsistent`
 */
export function checkReceiptsFor(receipts: Receipts, revealed: RevealedScores): void {
  const { run, epoch, validator, scores } = revealed
  const { run: ofRun, epoch: ofEpoch, validator: by, slots, miners } = receipts
  if (ofRun !== run || ofEpoch !== epoch || !sameHex(by, validator))
    throw inconsistent(`they are of run ${ofRun}, epoch ${ofEpoch}, by ${by}`)
  const stated = new Uint16Array(slots)
  for (const { slot, score } of miners) {
    if (slot >= slots) throw inconsistent(`slot ${slot} of ${slots}`)
    stated[slot] = score
  }
  if (!sameHex(bytesToHex(encodeScores(stated)), scores)) throw inconsistent('the revealed scores are other ones')
}

function recompute(request: Parameters<typeof scoreEpoch>[0]): Receipts {
  try {
    return scoreEpoch(request).receipts
  } catch (error) {
    if (error instanceof TesseraError) throw inconsistent(error.message, error)
    throw error
  }
}

/** The rounds as the validator put them in. */
function roundsOf(miners: readonly MinerReceipt[]): ScoredRound[] {
  const rounds = new Map<bigint, ScoredRound['miners'][number][]>()
  for (const { slot, operator, rounds: judged } of miners)
    for (const judgement of judged) {
      const list = rounds.get(judgement.round) ?? []
      rounds.set(judgement.round, [...list, { slot, operator, outcome: outcomeOf(judgement) }])
    }
  return [...rounds].map(([round, list]) => ({ round, miners: list })).sort((a, b) => (a.round < b.round ? -1 : 1))
}

function outcomeOf({ kind, reason, losses }: Judgement): Outcome {
  if (kind === 'unmeasured') return { kind }
  if (kind === 'measured' && losses !== undefined) return { kind, ...losses }
  const fault = FAULT_REASONS.find((known) => known === reason)
  if (kind === 'zero' && fault !== undefined) return { kind, reason: fault }
  throw inconsistent(`a round is ${kind} without what belongs to it`)
}

function writeRound({ losses, ...round }: MinerReceipt['rounds'][number]): Json {
  const base = { ...round, round: String(round.round) }
  if (losses === undefined) return base
  const finite = Object.entries(losses).map(([name, loss]): [string, number | null] => [
    name,
    Number.isFinite(loss) ? (loss as number) : null,
  ])
  return { ...base, losses: Object.fromEntries(finite) }
}

function readReceipts(fields: JsonFields): Receipts {
  return {
    version: fields.choice('version', [1]),
    run: fields.uint64('run'),
    epoch: fields.uint64('epoch'),
    validator: fields.hex('validator', 20),
    slots: fields.integer('slots', 1, MAX_MINERS),
    rules: fields.object('rules', (rules) => ({
      uniqueAlpha: rules.choice('uniqueAlpha', [SCORE_RULES.uniqueAlpha]),
      fullRating: rules.choice('fullRating', [SCORE_RULES.fullRating]),
      harmfulDrop: rules.choice('harmfulDrop', [SCORE_RULES.harmfulDrop]),
    })),
    miners: fields.list('miners', MAX_MINERS, (item, path) => JsonFields.read(item, path, REFUSAL, readMiner)),
  }
}

function readMiner(fields: JsonFields): MinerReceipt {
  return {
    slot: fields.integer('slot', 0, MAX_MINERS - 1),
    operator: fields.hex('operator', 20),
    score: fields.integer('score', 0, SCORE_MAX),
    ...(fields.has('reason') ? { reason: fields.choice('reason', SCORE_REASONS) } : {}),
    factors: fields.object('factors', (factors) => ({
      quality: factors.number('quality', 0, 1),
      unique: factors.number('unique', 0, 1),
      validity: factors.number('validity', 0, 1),
    })),
    before: fields.object('before', readStanding),
    after: fields.object('after', readStanding),
    rounds: fields.list('rounds', MAX_ROUNDS, (item, path) => JsonFields.read(item, path, REFUSAL, readRound)),
  }
}

function readRound(fields: JsonFields): MinerReceipt['rounds'][number] {
  const optional = <K extends string, T>(name: K, read: (name: K) => T): { [P in K]?: T } =>
    fields.has(name) ? ({ [name]: read(name) } as { [P in K]?: T }) : {}
  return {
    round: fields.uint64('round'),
    kind: fields.choice('kind', ['zero', 'measured', 'unmeasured']),
    valid: fields.choice('valid', [true, false]),
    ...optional('reason', (name) => fields.choice(name, [...FAULT_REASONS, 'not-finite', 'harmful'])),
    ...optional('detail', (name) => fields.text(name, MAX_DETAIL)),
    ...optional('losses', (name) => fields.object(name, readLosses)),
    ...optional('ownDrop', (name) => fields.number(name, -Number.MAX_VALUE, Number.MAX_VALUE)),
    ...optional('drawnDrop', (name) => fields.number(name, -Number.MAX_VALUE, Number.MAX_VALUE)),
    ...optional('rank', (name) => fields.integer(name, 1, MAX_MINERS)),
    ...optional('guarded', (name) => fields.choice(name, [true])),
  }
}

function readLosses(fields: JsonFields): Losses {
  const [ownBefore, ownAfter, drawnBefore, drawnAfter] = LOSSES.map((name) => fields.numberOrNull(name) ?? Number.NaN)
  return { ownBefore, ownAfter, drawnBefore, drawnAfter } as Losses
}

function inconsistent(what: string, cause?: unknown): TesseraError {
  return new TesseraError('receipt/inconsistent', `the receipts contradict themselves: ${what}`, {
    hint: 'The validator did not score by the rules; its agreement with the others decides what that costs it',
    cause,
  })
}
