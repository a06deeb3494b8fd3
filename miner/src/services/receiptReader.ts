// Answers "why is my pay what it is": when an epoch is settled, fetches each validator's receipts, holds them against the scores
// on chain, and logs what they say about this miner.

import { type Journal, NO_ROUND } from '@tessera/agent/journal'
import type { Logger } from '@tessera/agent/logger'
import type { Followed } from '@tessera/chain/follow'
import type { Service } from '@tessera/node/service'
import type { BlobSource } from '@tessera/protocol/blobSource'
import { isTesseraError, TesseraError } from '@tessera/protocol/errors'
import { type Hex, hexToBytes } from '@tessera/protocol/hex'
import {
  decodeReceipts,
  MAX_RECEIPTS_BYTES,
  type MinerReceipt,
  type Receipts,
  verifyReceipts,
} from '@tessera/protocol/receipt'
import type { EpochState, OpenedScores } from '@tessera/protocol/runState'
import { decodeScores } from '@tessera/protocol/scoreCommitment'
import type { BlobStore } from '@tessera/storage/blobStore'

export interface ReceiptReaderOptions {
  readonly operator: Hex
  readonly store: BlobStore
  readonly sources: (author: Hex) => readonly BlobSource[]
  readonly journal: Journal
  readonly logger: Logger
  readonly signal: AbortSignal
}

const DEADLINE_MS = 20_000

export class ReceiptReader implements Service {
  readonly name = 'receipts'
  readonly #options: ReceiptReaderOptions
  #running: Promise<void> | undefined

  constructor(options: ReceiptReaderOptions) {
    this.#options = options
  }

  /** Reads beside the loop, one epoch at a time, each epoch once. Epochs that this miner had no part in say nothing of it. */
  step(view: Followed): Promise<void> {
    if (this.#running !== undefined) return Promise.resolve()
    const { journal, signal, logger, operator } = this.#options
    for (const epoch of view.state.epochs.values()) {
      if (epoch.phase !== 'Settled' || ![...epoch.minerOperators.values()].includes(operator)) continue
      if (journal.get(`receipts/${epoch.id}`, NO_ROUND) !== undefined) continue
      this.#running = this.#readAll(view, epoch)
        .then(() => {
          journal.record(`receipts/${epoch.id}`, NO_ROUND, 'read')
        })
        .catch((error: unknown) => {
          if (!signal.aborted) logger.failure(error, 'receipts could not be read', { epoch: epoch.id })
        })
        .finally(() => {
          this.#running = undefined
        })
      break
    }
    return Promise.resolve()
  }

  async close(): Promise<void> {
    await this.#running
  }

  async #readAll(view: Followed, epoch: EpochState): Promise<void> {
    for (const opened of epoch.opened.values()) {
      const mine = await this.#read(view, epoch, opened)
      if (mine === undefined) continue
      const { logger } = this.#options
      const about = { epoch: epoch.id, validator: opened.operator, score: mine.score, factors: mine.factors }
      if (mine.score === 0) logger.warn('scored zero', { ...about, reason: mine.reason, rounds: mine.rounds })
      else logger.info('scored', { ...about, faults: mine.rounds.filter((round) => round.reason !== undefined) })
    }
  }

  /** What one validator's receipts say of this miner; undefined, and logged, if they are not to be had or not right. */
  async #read(view: Followed, epoch: EpochState, opened: OpenedScores): Promise<MinerReceipt | undefined> {
    const { store, sources, operator, logger, signal } = this.#options
    try {
      const bytes = await store.read(
        { digest: opened.receiptsDigest, size: Number(opened.receiptsSize) },
        {
          sources: sources(opened.operator),
          deadlineMs: DEADLINE_MS,
          maxBytes: MAX_RECEIPTS_BYTES,
          round: Number(epoch.lastRound ?? view.state.round?.id ?? 0n),
          signal,
        },
      )
      const receipts = decodeReceipts(bytes)
      verifyReceipts(receipts)
      return ownReceipt(receipts, { run: view.state.run, epoch: epoch.id, opened, operator })
    } catch (error) {
      if (!isTesseraError(error) || signal.aborted) throw error
      logger.failure(error, 'a validator’s receipts are missing or wrong', {
        epoch: epoch.id,
        validator: opened.operator,
      })
      return undefined
    }
  }
}

/**
 * What the receipts say of this operator, if they are those of the scores that the validator opened.
 * Errors: `miner/wrong-receipts`.
 */
function ownReceipt(
  receipts: Receipts,
  about: { readonly run: bigint; readonly epoch: bigint; readonly opened: OpenedScores; readonly operator: Hex },
): MinerReceipt {
  const { run, epoch, opened, operator } = about
  const mine = receipts.miners.find((miner) => miner.operator === operator)
  const same = receipts.run === run && receipts.epoch === epoch && receipts.validator === opened.operator
  const onChain = mine && decodeScores(hexToBytes(opened.scores), receipts.slots)[mine.slot]
  if (same && mine !== undefined && mine.score === onChain) return mine
  throw new TesseraError('miner/wrong-receipts', 'the receipts are not those of the scores on chain', {
    hint: 'The validator explains other scores than it gave; count on the other validators’ receipts',
    context: { run: receipts.run, epoch: receipts.epoch, validator: receipts.validator, stated: mine?.score, onChain },
  })
}
