// Lets go of what nobody needs any more: contributions and notes of rounds that roundsToKeep.ts does not name, and, when the store fills,
// the cache and old rounds. Says how much room the run takes, before it is short and when it is. What a run is made of stays.

import type { Journal } from '@tessera/agent/journal'
import type { Logger } from '@tessera/agent/logger'
import type { Metrics } from '@tessera/agent/metrics'
import type { Status } from '@tessera/agent/status'
import type { Followed } from '@tessera/chain/follow'
import { maxContributionBytes } from '@tessera/protocol/contribution'
import type { Hex } from '@tessera/protocol/hex'
import { revealedIn } from '@tessera/protocol/runView'
import type { BlobStore, BlobUsage } from '@tessera/storage/blobStore'
import type { blobMetrics } from '../blobMetrics.ts'
import type { Node } from '../node.ts'
import { type KeepingRule, type RoundsToKeep, roundsToKeep } from '../roundsToKeep.ts'
import type { Service } from '../service.ts'

export interface BlobKeeperOptions extends KeepingRule {
  readonly store: Pick<BlobStore, 'collect'> & BlobUsage
  readonly journal: Journal
  /** What the store may hold, bytes. */
  readonly quotaBytes: number
  /** The longest contribution that is read, bytes. */
  readonly contributionBytes: number
  readonly logger: Logger
  readonly status: Status
  readonly metrics: Metrics<typeof blobMetrics>
}

/** Bytes of blobs by what they are kept for. */
interface Usage {
  readonly keptBytes: number
  readonly protectedBytes: number
  readonly oldBytes: number
  readonly cachedBytes: number
}

/** Rounds that are listed one by one in the status. */
const ROUNDS_TOLD = 8

export class BlobKeeper implements Service {
  readonly name = 'blobs'
  readonly #options: BlobKeeperOptions
  #last = 0n
  #warnedOf = 0
  #isShort = false

  constructor(options: BlobKeeperOptions) {
    this.#options = options
  }

  /** Once a round. */
  async step(view: Followed): Promise<void> {
    const { store, journal } = this.#options
    const round = view.state.round?.id ?? 0n
    if (round <= this.#last) return
    const keep = roundsToKeep(view, this.#options)
    const maxBytes = this.#maxBytes(view)
    await store.collect({ ...keep, maxBytes })
    journal.prune(BigInt(keep.keepFromRound))
    this.#last = round
    const usage = this.#measure(keep)
    const neededBytes = this.#neededBytes(view, keep, usage.keptBytes)
    this.#warn({ neededBytes, maxBytes, rounds: Number(round) - keep.protectedFromRound + 1 })
    this.#tell(view, keep, usage, neededBytes)
  }

  /** What leaves room for a round's contributions, or half of the store when that is more: a full store takes no contribution. */
  #maxBytes(view: Followed): number {
    const { quotaBytes } = this.#options
    return Math.max(quotaBytes / 2, quotaBytes - this.#roundBytes(view))
  }

  /** The most that a round's contributions can take. */
  #roundBytes({ state }: Followed): number {
    const { maxMiners = 0, maxBlobBytes = 0 } = state.params ?? {}
    return maxMiners * Math.min(maxBlobBytes, this.#options.contributionBytes)
  }

  /** Room for what is kept for good, the rounds that have to be protected at a time, and the one that arrives. */
  #neededBytes(view: Followed, keep: RoundsToKeep, keptBytes: number): number {
    const { params, round } = view.state
    if (params === null) return 0
    const seconds = params.trainSeconds + params.commitSeconds + params.revealSeconds + params.attestSeconds
    const scoring = params.scoreCommitSeconds + params.scoreRevealSeconds
    const window = Math.max(this.#options.disputeSeconds, scoring + seconds * params.roundsPerEpoch)
    // Rounds that everybody ends early are shorter than their phases: what is protected now is worth more than the estimate.
    const rounds = Math.max(Math.ceil(window / seconds), Number(round?.id ?? 0n) - keep.protectedFromRound + 1)
    return keptBytes + (rounds + 1) * this.#roundBytes(view)
  }

  #measure({ protectedFromRound }: RoundsToKeep): Usage {
    const holdings = this.#options.store.holdings()
    const bytes = (wanted: (one: (typeof holdings)[number]) => boolean) =>
      holdings.filter(wanted).reduce((total, one) => total + one.bytes, 0)
    return {
      keptBytes: bytes(({ keep }) => keep),
      protectedBytes: bytes(({ keep, round }) => !keep && round >= protectedFromRound),
      oldBytes: bytes(({ keep, round }) => !keep && round >= 0 && round < protectedFromRound),
      cachedBytes: bytes(({ keep, round }) => !keep && round < 0),
    }
  }

  #warn(need: { readonly neededBytes: number; readonly maxBytes: number; readonly rounds: number }): void {
    const { logger, quotaBytes, store } = this.#options
    const { neededBytes, rounds } = need
    const figures = { quotaMB: megabytes(quotaBytes), neededMB: megabytes(neededBytes), protectedRounds: rounds }
    const hint = `raise --disk-quota to ${megabytes(neededBytes)}, or choose a shorter --dispute-window`
    if (neededBytes > quotaBytes && neededBytes > this.#warnedOf) {
      logger.warn(`this run may need more room for blobs than there is; ${hint}`, { event: 'quota', ...figures })
      this.#warnedOf = neededBytes
    }
    const isShort = store.usedBytes > need.maxBytes
    if (isShort && !this.#isShort)
      logger.warn(`rounds that may not be deleted yet leave too little room for the next one; ${hint}`, {
        event: 'short',
        usedMB: megabytes(store.usedBytes),
        ...figures,
      })
    this.#isShort = isShort
  }

  #tell(view: Followed, keep: RoundsToKeep, usage: Usage, neededBytes: number): void {
    const { store, status, metrics, quotaBytes } = this.#options
    metrics.blobBytes.set({ kind: 'kept' }, usage.keptBytes)
    metrics.blobBytes.set({ kind: 'protected' }, usage.protectedBytes)
    metrics.blobBytes.set({ kind: 'old' }, usage.oldBytes)
    metrics.blobBytes.set({ kind: 'cached' }, usage.cachedBytes)
    metrics.blobQuota.set(quotaBytes)
    metrics.blobNeed.set(neededBytes)
    const { usedBytes } = store
    status.set({ blobs: { quotaBytes, usedBytes, neededBytes, ...usage, ...keep, ...this.#byAuthor(view, keep) } })
  }

  /** What the contributions of the rounds that are protected take, by who sent them and by round. */
  #byAuthor({ state }: Followed, { protectedFromRound }: RoundsToKeep) {
    const byOperator: Record<Hex, number> = {}
    const byRound: Record<string, number> = {}
    const present = state.round?.id ?? 0n
    for (let round = BigInt(Math.max(1, protectedFromRound)); round <= present; round++) {
      const isTold = present - round < ROUNDS_TOLD
      for (const { operator, digest, size } of revealedIn(state, round)) {
        const bytes = this.#options.store.heldBytes({ digest, size: Number(size) })
        byOperator[operator] = (byOperator[operator] ?? 0) + bytes
        if (isTold) byRound[String(round)] = (byRound[String(round)] ?? 0) + bytes
      }
    }
    return { byOperator, byRound }
  }
}

/** That of a node, as its options say. */
export function blobKeeperOf(node: Node, metrics: BlobKeeperOptions['metrics']): BlobKeeper {
  const { store, journal, logger, status, options, bundle } = node
  return new BlobKeeper({
    store,
    journal,
    keepRounds: options.keepRounds,
    disputeSeconds: options.disputeWindow / 1_000,
    quotaBytes: options.diskQuota * 1_000_000,
    contributionBytes: maxContributionBytes(bundle.layout, bundle.manifest.codec),
    logger: logger.child('blobs'),
    status,
    metrics,
  })
}

function megabytes(bytes: number): number {
  return Math.ceil(bytes / 1e6)
}
