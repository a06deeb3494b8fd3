// Answers "why is my pay what it is": when an epoch's scores are open, fetches each validator's receipts and logs what they
// say about this miner, zeros with their reasons first.

import { type Journal, NO_ROUND } from '@tessera/agent/journal'
import type { Logger } from '@tessera/agent/logger'
import type { Followed } from '@tessera/chain/follow'
import type { Service } from '@tessera/node/service'
import { isTesseraError } from '@tessera/protocol/errors'
import type { Hex } from '@tessera/protocol/hex'
import { decodeReceipts, MAX_RECEIPTS_BYTES, type MinerReceipt, verifyReceipts } from '@tessera/protocol/receipt'
import type { EpochState } from '@tessera/protocol/runState'
import type { BlobStore } from '@tessera/storage/blobStore'

export interface ReceiptReaderOptions {
  readonly operator: Hex
  readonly slotOf: (view: Followed) => number | undefined
  readonly store: BlobStore
  readonly sources: (author: Hex) => readonly string[]
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

  /** Reads beside the loop, one epoch at a time, each epoch once. */
  step(view: Followed): Promise<void> {
    const slot = this.#options.slotOf(view)
    if (slot === undefined || this.#running !== undefined) return Promise.resolve()
    const { journal, signal, logger } = this.#options
    for (const epoch of view.state.epochs.values()) {
      if (epoch.phase !== 'Settled' || journal.get(`receipts/${epoch.id}`, NO_ROUND) !== undefined) continue
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
  async #read(
    view: Followed,
    epoch: EpochState,
    opened: { operator: Hex; receiptsDigest: Hex; receiptsSize: bigint },
  ): Promise<MinerReceipt | undefined> {
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
      return receipts.miners.find((miner) => miner.operator === operator)
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
