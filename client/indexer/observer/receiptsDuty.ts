// Fetches what validators revealed as their receipts and holds it against itself and against the scores on chain.

import type { BlobSource } from '@tessera/protocol/blobSource'
import { isTesseraError } from '@tessera/protocol/errors'
import type { Hex } from '@tessera/protocol/hex'
import {
  checkReceiptsFor,
  decodeReceipts,
  MAX_RECEIPTS_BYTES,
  type Receipts,
  verifyReceipts,
} from '@tessera/protocol/receipt'
import type { EpochState, OpenedScores, RunState } from '@tessera/protocol/runState'
import type { BlobStore } from '@tessera/storage/blobStore'
import { isContentFault } from '@tessera/storage/fault'
import type { ObservedReceipts, ObserverBook } from './book.ts'
import type { Retries } from './retries.ts'

export interface ReceiptsDutyOptions {
  readonly store: BlobStore
  readonly book: Pick<ObserverBook, 'hasReceipts' | 'putReceipts'>
  readonly retries: Retries
  readonly sources: (author: Hex) => readonly BlobSource[]
  readonly signal: AbortSignal
}

const DEADLINE_MS = 15_000
/** Fetched in one step, at the same time. */
const AT_ONCE = 4
/** Tries for what nobody has. Nodes let go of receipts some time after the epoch was paid. */
const TRIES = 12

interface Wanted {
  readonly epoch: EpochState
  readonly opened: OpenedScores
}

export class ReceiptsDuty {
  readonly #options: ReceiptsDutyOptions
  /** Digests that need no more asking. */
  readonly #done = new Set<Hex>()

  constructor(options: ReceiptsDutyOptions) {
    this.#options = options
  }

  /** Some receipts, of the newest epoch first. True when it has found something out. */
  async step(state: RunState): Promise<boolean> {
    const wanted = await this.#next(state)
    await Promise.all(wanted.map((one) => this.#observe(state, one)))
    return wanted.length > 0
  }

  async #next(state: RunState): Promise<readonly Wanted[]> {
    const { book, retries } = this.#options
    const wanted: Wanted[] = []
    for (const epoch of [...state.epochs.values()].reverse())
      for (const opened of epoch.opened.values()) {
        const { receiptsDigest: digest } = opened
        if (this.#done.has(digest) || !retries.isDue(digest)) continue
        if (await book.hasReceipts(digest)) this.#done.add(digest)
        else wanted.push({ epoch, opened })
        if (wanted.length === AT_ONCE) return wanted
      }
    return wanted
  }

  async #observe(state: RunState, wanted: Wanted): Promise<void> {
    const { book, retries } = this.#options
    const { receiptsDigest: digest } = wanted.opened
    const observed = await this.#read(state, wanted)
    await book.putReceipts(digest, observed)
    if (observed.state !== 'unfetchable') retries.forget(digest)
    else if (retries.fail(digest) < TRIES) return
    this.#done.add(digest)
  }

  async #read(state: RunState, { epoch, opened }: Wanted): Promise<ObservedReceipts> {
    const { store, sources, signal } = this.#options
    const { receiptsDigest: digest, receiptsSize, operator: validator, scores } = opened
    const size = Number(receiptsSize)
    if (size === 0 || size > MAX_RECEIPTS_BYTES) return { state: 'inconsistent', receipts: null }
    let bytes: Uint8Array
    try {
      bytes = await store.read(
        { digest, size },
        {
          sources: sources(validator),
          deadlineMs: DEADLINE_MS,
          maxBytes: MAX_RECEIPTS_BYTES,
          round: Number(epoch.lastRound),
          signal,
        },
      )
    } catch (error) {
      if (signal.aborted || !isTesseraError(error)) throw error
      if (isContentFault(error)) return { state: 'inconsistent', receipts: null }
      return { state: 'unfetchable' }
    }
    return judge(bytes, { run: state.run, epoch: epoch.id, validator, scores })
  }
}

function judge(bytes: Uint8Array, about: Parameters<typeof checkReceiptsFor>[1]): ObservedReceipts {
  let receipts: Receipts | null = null
  try {
    receipts = decodeReceipts(bytes)
    checkReceiptsFor(receipts, about)
    verifyReceipts(receipts)
    return { state: 'verified', receipts }
  } catch (error) {
    if (!isTesseraError(error)) throw error
    return { state: 'inconsistent', receipts }
  }
}
