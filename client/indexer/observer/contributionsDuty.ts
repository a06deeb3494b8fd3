// Reads what miners revealed: what its header states, or what is wrong with it. Included ones are read once more by the fold, from
// this disk.

import type { ContributionReader } from '@tessera/node/contributionReader'
import { isTesseraError } from '@tessera/protocol/errors'
import type { Hex } from '@tessera/protocol/hex'
import type { RunState } from '@tessera/protocol/runState'
import { type Revealed, revealedIn } from '@tessera/protocol/runView'
import type { ObserverBook } from './book.ts'
import type { Retries } from './retries.ts'

export interface ContributionsDutyOptions {
  readonly book: Pick<ObserverBook, 'hasContribution' | 'putContribution'>
  readonly retries: Retries
}

/** Read in one step, at the same time. */
const AT_ONCE = 8
/** How far back contributions that were not included are looked for: nodes do not keep them for long. */
const LAST_ROUNDS = 256
/** Tries before a contribution counts as not to be had. */
const TRIES = 5

export class ContributionsDuty {
  readonly #options: ContributionsDutyOptions
  /** Digests that need no more asking. */
  readonly #done = new Set<Hex>()

  constructor(options: ContributionsDutyOptions) {
    this.#options = options
  }

  /** Whether there is something to read now. */
  async isWanted(state: RunState): Promise<boolean> {
    return (await this.#next(state, 1)).length > 0
  }

  /** Some contributions of the last rounds, the oldest first. True when there were some. */
  async step(state: RunState, reader: ContributionReader): Promise<boolean> {
    const wanted = await this.#next(state, AT_ONCE)
    await Promise.all(wanted.map((revealed) => this.observe(revealed, reader)))
    return wanted.length > 0
  }

  /** Reads one and puts down what it is; if it could not be had, only after some tries. Throws when reading failed for a reason of ours. */
  async observe(revealed: Revealed, reader: ContributionReader): Promise<void> {
    const { book, retries } = this.#options
    const { digest } = revealed
    if (this.#done.has(digest)) return
    try {
      const verdict = await reader.read(revealed)
      if (verdict.kind === 'valid') {
        const { samples, innerSteps: steps } = verdict.contribution.header
        await book.putContribution(digest, { samples, steps, fault: null })
      } else await book.putContribution(digest, { samples: null, steps: null, fault: verdict.reason })
    } catch (error) {
      if (!isTesseraError(error, 'node/contribution-unavailable')) throw error
      if (retries.fail(digest) < TRIES) return
      await book.putContribution(digest, { samples: null, steps: null, fault: 'unfetchable' })
    }
    this.#done.add(digest)
    retries.forget(digest)
  }

  async #next(state: RunState, most: number): Promise<readonly Revealed[]> {
    const { book, retries } = this.#options
    const wanted: Revealed[] = []
    const present = state.round?.end === null ? [state.round] : []
    for (const { id } of [...state.rounds.slice(-LAST_ROUNDS), ...present])
      for (const revealed of revealedIn(state, id)) {
        const { digest } = revealed
        if (this.#done.has(digest) || !retries.isDue(digest)) continue
        // Of two with one digest the later is a copy: what is said of the blob is what the first one's reading gave.
        if (wanted.some((one) => one.digest === digest)) continue
        if (await book.hasContribution(digest)) this.#done.add(digest)
        else wanted.push(revealed)
        if (wanted.length === most) return wanted
      }
    return wanted
  }
}
