// Fetches revealed contributions and holds each against what the chain says of it: size, address, encoding, header, root.
// A contribution is read once; its verdict is kept. Judging its worth is the validator's business.

import type { BlobSource } from '@tessera/protocol/blobSource'
import { checkRevealed, type Verdict } from '@tessera/protocol/checkRevealed'
import {
  type Contribution,
  decodeContribution,
  maxContributionBytes,
  minContributionBytes,
} from '@tessera/protocol/contribution'
import { isTesseraError, TesseraError } from '@tessera/protocol/errors'
import type { Hex } from '@tessera/protocol/hex'
import type { Revealed } from '@tessera/protocol/runView'
import type { BlobStore } from '@tessera/storage/blobStore'
import { isContentFault } from '@tessera/storage/fault'
import type { FetchProgress } from '@tessera/storage/verifiedFetcher'
import type { CodecPool } from './codecPool/pool.ts'
import { nativeSha256 } from './nativeSha256.ts'
import type { RunBundle } from './runBundle.ts'

export interface ContributionReaderOptions {
  readonly bundle: Pick<RunBundle, 'manifest' | 'layout'>
  readonly store: BlobStore
  /** Where a blob of this author may be, best first; asked anew at each try, since endpoints move. */
  readonly sources: (author: Hex) => readonly BlobSource[]
  /** For one try, in milliseconds from its start. A round's readings are given the same end. */
  readonly deadlineMs: number | ((revealed: Revealed) => number)
  /** Told of what has arrived of a contribution. */
  readonly onProgress?: ((revealed: Revealed, progress: FetchProgress) => void) | undefined
  readonly signal: AbortSignal
  /** Whose threads decode; absent: the caller's own. */
  readonly codec?: Pick<CodecPool, 'decode'>
}

/** Nobody can be asked. Where to ask is for authors to say on chain, so it is no trouble of ours and may be right at the next try. */
const NOWHERE_TO_ASK: ReadonlySet<string> = new Set(['storage/no-source', 'storage/private-address'])

/** How many rounds of decoded contributions stay in memory. */
const ROUNDS_IN_MEMORY = 2n

export class ContributionReader {
  readonly #options: ContributionReaderOptions
  readonly #verdicts = new Map<string, { readonly round: bigint; readonly promise: Promise<Verdict> }>()
  readonly #settled = new Map<string, Verdict>()

  constructor(options: ContributionReaderOptions) {
    this.#options = options
  }

  /** The verdict if there is one by now. */
  peek(revealed: Revealed): Verdict | undefined {
    return this.#settled.get(key(revealed))
  }

  /**
   * Reads a contribution, or joins the reading under way. Rejects with a retryable error when it could not be had in time:
   * a later call tries again, from the blocks that did arrive.
   */
  read(revealed: Revealed): Promise<Verdict> {
    const id = key(revealed)
    const known = this.#verdicts.get(id)
    if (known !== undefined) return known.promise
    this.#forget(revealed.round)
    const promise = this.#judge(revealed)
    this.#verdicts.set(id, { round: revealed.round, promise })
    // Not when it took so long that its round was forgotten meanwhile.
    const isPresent = (): boolean => this.#verdicts.get(id)?.promise === promise
    promise.then(
      (verdict) => {
        if (isPresent()) this.#settled.set(id, verdict)
      },
      // Whoever awaits the promise sees the error; forgetting it lets the next call try again.
      () => {
        if (isPresent()) this.#verdicts.delete(id)
      },
    )
    return promise
  }

  async #judge(revealed: Revealed): Promise<Verdict> {
    const { bundle, store, signal, deadlineMs, codec, onProgress } = this.#options
    const { layout, manifest } = bundle
    const context = { layout, codec: manifest.codec }
    const size = Number(revealed.size)
    const limit = maxContributionBytes(layout, manifest.codec)
    if (size < minContributionBytes(layout, manifest.codec) || size > limit) {
      return { kind: 'fault', reason: 'malformed', detail: 'contribution/length' }
    }
    let blob: Uint8Array
    try {
      blob = await store.read(
        { digest: revealed.digest, size },
        {
          sources: this.#options.sources(revealed.operator),
          deadlineMs: typeof deadlineMs === 'number' ? deadlineMs : deadlineMs(revealed),
          maxBytes: limit,
          round: Number(revealed.round),
          signal,
          onProgress: (progress) => onProgress?.(revealed, progress),
        },
      )
    } catch (error) {
      if (isContentFault(error)) return { kind: 'fault', reason: 'malformed', detail: codeOf(error) }
      throw unavailable(error, revealed)
    }
    let contribution: Contribution
    try {
      contribution = await (codec?.decode(blob, context, { signal }) ?? decodeContribution(blob, context))
    } catch (error) {
      // A thread that failed, or a stop, says nothing about the author.
      if (!isTesseraError(error) || !error.code.startsWith('contribution/')) throw error
      return { kind: 'fault', reason: 'malformed', detail: error.code }
    }
    return checkRevealed(contribution, revealed, { manifest, sha256: nativeSha256 })
  }

  #forget(present: bigint): void {
    for (const [id, { round }] of this.#verdicts) {
      if (round + ROUNDS_IN_MEMORY >= present) continue
      this.#verdicts.delete(id)
      this.#settled.delete(id)
    }
  }
}

/** The code of one of our own errors; anything else is a defect here and not the author's. */
function codeOf(error: unknown): string {
  if (isTesseraError(error)) return error.code
  throw error
}

function unavailable(cause: unknown, revealed: Revealed): TesseraError {
  if (isTesseraError(cause) && !cause.retryable && !NOWHERE_TO_ASK.has(cause.code)) return cause
  return new TesseraError(
    'node/contribution-unavailable',
    `the contribution of slot ${revealed.slot} to round ${revealed.round} could not be fetched`,
    {
      retryable: true,
      hint: 'Its author and the other nodes are asked again until the phase ends',
      context: {
        digest: revealed.digest,
        operator: revealed.operator,
        reason: isTesseraError(cause) ? cause.code : String(cause),
      },
      cause,
    },
  )
}

function key(revealed: Revealed): string {
  const { round, slot, contributionRoot, digest, size, baseRoot } = revealed
  return `${round}/${slot}/${contributionRoot}/${digest}/${size}/${baseRoot}`
}
