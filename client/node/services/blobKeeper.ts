// Lets go of what nobody needs any more: contributions and notes older than the rounds that are kept, of epochs that are paid, and
// the oldest of the other blobs when the store fills. What a run is made of, and what is marked as a checkpoint, stays.

import type { Journal } from '@tessera/agent/journal'
import type { Followed } from '@tessera/chain/follow'
import type { BlobStore } from '@tessera/storage/blobStore'
import type { Service } from '../service.ts'

export interface BlobKeeperOptions {
  readonly store: BlobStore
  readonly journal: Journal
  readonly keepRounds: number
  /** What the store may hold, bytes. */
  readonly quotaBytes: number
}

export class BlobKeeper implements Service {
  readonly name = 'blobs'
  readonly #options: BlobKeeperOptions
  #last = 0n

  constructor(options: BlobKeeperOptions) {
    this.#options = options
  }

  /** Once a round. */
  async step(view: Followed): Promise<void> {
    const { store, journal, keepRounds } = this.#options
    const round = view.state.round?.id ?? 0n
    if (round <= this.#last) return
    const keepFromRound = Math.max(0, Math.min(Number(round) - keepRounds, firstUnsettled(view)))
    await store.collect({ keepFromRound, maxBytes: this.#maxBytes(view) })
    journal.prune(BigInt(keepFromRound))
    this.#last = round
  }

  /** What leaves room for a round's contributions, or half of the store when that is more: a store that is full stops the node. */
  #maxBytes(view: Followed): number {
    const { quotaBytes } = this.#options
    const { maxMiners = 0, maxBlobBytes = 0 } = view.state.params ?? {}
    return Math.max(quotaBytes / 2, quotaBytes - maxMiners * maxBlobBytes)
  }
}

/** First round of the epochs that are not settled: what was sent and found out in them may still be asked for. */
function firstUnsettled(view: Followed): number {
  const open = [...view.state.epochs.values()].filter(({ phase }) => phase !== 'Settled')
  return Math.min(...open.map(({ firstRound }) => Number(firstRound)))
}
