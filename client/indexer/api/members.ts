// One miner or validator in a run, as the indexer answers: what it did, what it was given for it, and why.

import { address, big, choice, count, flag, hash, list, object, orNull, real, text, time } from './fields.ts'
import { member, role, token } from './runs.ts'

/** What an epoch paid an operator's pool of one source. */
const paid = object({ source: count, token, amount: big })

/** A validator's receipt about a miner and an epoch. Null fields: the observer has not got it. */
const receipt = object({
  validator: address,
  slot: count,
  weight: big,
  score: count,
  digest: hash,
  size: count,
  /** Whether the receipts were fetched, fit their digest and give the scores that were revealed. */
  state: choice(['unread', 'verified', 'unfetchable', 'inconsistent']),
  quality: orNull(real),
  unique: orNull(real),
  validity: orNull(real),
  mu: orNull(real),
  sigma: orNull(real),
  /** Code of the reason for a score of zero. */
  reason: orNull(text),
  /** Its rounds, as this validator judged them. */
  rounds: list(
    object({
      round: count,
      valid: flag,
      reason: orNull(text),
      ownDrop: orNull(real),
      drawnDrop: orNull(real),
      rank: orNull(count),
    }),
  ),
})

const minerEpoch = object({
  epoch: count,
  settledAt: time,
  rounds: count,
  finalRounds: count,
  activeRounds: count,
  includedRounds: count,
  /** 0 to 65535. */
  median: count,
  /** Part of what miners share. */
  part: real,
  paid: list(paid),
  /** Code of the reason when it was paid nothing. */
  zero: orNull(text),
  receipts: list(receipt),
})

const validatorEpoch = object({
  epoch: count,
  settledAt: time,
  rounds: count,
  finalRounds: count,
  activeRounds: count,
  weight: big,
  revealed: flag,
  /** Sums of its scores: as given, and clipped to the medians. Their ratio is its agreement. */
  given: count,
  kept: count,
  /** Part of what validators share. */
  part: real,
  paid: list(paid),
  zero: orNull(text),
  receipts: orNull(object({ digest: hash, size: count })),
})

export const memberDetail = object({
  run: count,
  role,
  operator: address,
  /** Null when it is no member any more. */
  member: orNull(member),
  joinedAt: orNull(time),
  payout: address,
  delegate: address,
  /** In 1/10 000, and what it will be. */
  commissionBps: count,
  commissionNext: orNull(object({ bps: count, from: time })),
  /** Wei of its pool, and of it its own. */
  pool: big,
  own: big,
  holders: count,
  /** Of the last 400 rounds it was active in, oldest first: round, and the character of `series.cells` or `series.votes`. */
  rounds: list(object({ round: count, cell: text })),
  /** Newest first, at most 200. */
  minerEpochs: list(minerEpoch),
  validatorEpochs: list(validatorEpoch),
})
