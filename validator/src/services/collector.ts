// Gets every contribution that is revealed in the present round, from the moment it is revealed, and tells copies from
// originals. The verdicts are what the attester and the evaluator work with.

import { type Journal, NO_ROUND } from '@tessera/agent/journal'
import type { Logger } from '@tessera/agent/logger'
import type { Followed } from '@tessera/chain/follow'
import type { ContributionReader } from '@tessera/node/contributionReader'
import type { Service } from '@tessera/node/service'
import type { Verdict } from '@tessera/protocol/checkRevealed'
import type { Contribution } from '@tessera/protocol/contribution'
import { isTesseraError } from '@tessera/protocol/errors'
import type { Hex } from '@tessera/protocol/hex'
import type { Revealed } from '@tessera/protocol/runView'
import { revealedIn } from '@tessera/protocol/runView'
import { isLocalFault } from '@tessera/storage/fault'

export type Collected =
  | { readonly kind: 'valid'; readonly contribution: Contribution }
  | { readonly kind: 'fault'; readonly reason: 'malformed' | 'wrong-header' | 'copied'; readonly detail: string }

/** What is known of a contribution; undefined while it is not there. */
export type VerdictOf = (revealed: Revealed) => Verdict | undefined

export interface CollectorOptions {
  readonly reader: ContributionReader
  readonly journal: Journal
  readonly logger: Logger
  readonly signal: AbortSignal
}

export class Collector implements Service {
  readonly name = 'collector'
  readonly #options: CollectorOptions
  /** Under way, so that what comes of a reading is said once, however often it was asked for meanwhile. */
  readonly #reading = new Map<string, Promise<Verdict | undefined>>()
  #failure: unknown

  constructor(options: CollectorOptions) {
    this.#options = options
  }

  /** Starts the reading and returns at once. */
  step(view: Followed): Promise<void> {
    if (this.#failure !== undefined) {
      const failure = this.#failure
      this.#failure = undefined
      return Promise.reject(failure)
    }
    const { round, phase } = view.state
    if (round !== null && (phase === 'Reveal' || phase === 'Attest')) {
      for (const revealed of revealedIn(view.state, round.id))
        this.read(revealed).catch((error: unknown) => {
          this.#failure = error
        })
    }
    return Promise.resolve()
  }

  /**
   * What is known by now of the contributions of one round, given in the order in which they were revealed: of two with the
   * same records the later one is the copy, and so is one whose records an earlier round had.
   */
  judge(
    contributions: readonly Revealed[],
    verdictOf: VerdictOf = (one) => this.#options.reader.peek(one),
  ): ReadonlyMap<number, Collected> {
    const firsts = new Map<Hex, string>()
    const judged = new Map<number, Collected>()
    for (const revealed of contributions) {
      const verdict = verdictOf(revealed)
      if (verdict === undefined) continue
      if (verdict.kind === 'fault') {
        judged.set(revealed.slot, verdict)
        continue
      }
      const known = this.#options.journal.get(recordsKind(verdict.recordsRoot), NO_ROUND)
      const first = known ?? firsts.get(verdict.recordsRoot) ?? identity(revealed)
      firsts.set(verdict.recordsRoot, first)
      judged.set(
        revealed.slot,
        first === identity(revealed)
          ? { kind: 'valid', contribution: verdict.contribution }
          : { kind: 'fault', reason: 'copied', detail: `first sent as ${first}` },
      )
    }
    return judged
  }

  /** Writes down whose records these are, once the round is over and all that will ever be read of it has been. */
  remember(contributions: readonly Revealed[], verdictOf: VerdictOf): void {
    for (const revealed of contributions) {
      const verdict = verdictOf(revealed)
      if (verdict?.kind === 'valid')
        this.#options.journal.record(recordsKind(verdict.recordsRoot), NO_ROUND, identity(revealed))
    }
  }

  /** Reads it, or waits for the reading under way. Undefined: it is not to be had now. */
  read(revealed: Revealed): Promise<Verdict | undefined> {
    const known = this.#options.reader.peek(revealed)
    if (known !== undefined) return Promise.resolve(known)
    const { contributionRoot, digest, size, baseRoot, overlappedBaseRoot } = revealed
    const key = `${identity(revealed)}/${contributionRoot}/${digest}/${size}/${baseRoot}/${overlappedBaseRoot}`
    const underWay = this.#reading.get(key)
    if (underWay !== undefined) return underWay
    const reading = this.#readOnce(revealed).finally(() => this.#reading.delete(key))
    this.#reading.set(key, reading)
    return reading
  }

  async #readOnce(revealed: Revealed): Promise<Verdict | undefined> {
    const { reader, logger, signal } = this.#options
    try {
      const verdict = await reader.read(revealed)
      if (verdict.kind === 'fault') logger.warn('contribution rejected', { ...brief(revealed), ...verdict })
      return verdict
    } catch (error) {
      // Tried again at the next look, as long as the phase lasts. Anything but a fetch that failed is a defect, or trouble of our own,
      // for which no author may pay.
      if (signal.aborted) return undefined
      if (!isTesseraError(error) || !error.retryable || isLocalFault(error)) throw error
      logger.failure(error, 'contribution not there yet', brief(revealed))
      return undefined
    }
  }
}

/** Half of the root: finding another contribution with the same half is 2^128 work, and it fits the journal's limit. */
function recordsKind(recordsRoot: Hex): string {
  return `records/${recordsRoot.slice(2, 34)}`
}

function identity(revealed: Revealed): string {
  return `${revealed.round}/${revealed.operator}`
}

function brief(revealed: Revealed): Record<string, unknown> {
  return { round: revealed.round, slot: revealed.slot, operator: revealed.operator }
}
