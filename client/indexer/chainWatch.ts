// One look at the chain after the other: asks the indexer for all that is new and tells of it, block stretch by block stretch.

import type { Clock } from '@tessera/agent/clock'
import type { Logger } from '@tessera/agent/logger'
import type { Indexer } from './ingest/indexer.ts'
import type { Ledger } from './ingest/ledger.ts'
import type { IndexerMetrics } from './metrics.ts'
import type { Present } from './present.ts'
import type { ChainFacts } from './queries/chainFacts.ts'
import type { Status } from './queries/status.ts'

export interface ChainWatchOptions {
  readonly indexer: Pick<Indexer, 'poll' | 'ledger'>
  readonly present: Present
  readonly facts: Pick<ChainFacts, 'learn' | 'native'>
  readonly metrics: IndexerMetrics
  readonly logger: Logger
  readonly clock: Clock
}

const KEPT_REORGS = 20

export class ChainWatch {
  readonly #options: ChainWatchOptions
  #reorgs: Status['reorgs'] = []

  constructor(options: ChainWatchOptions) {
    this.#options = options
  }

  /** Blocks that the chain lost since the program began, newest first. */
  get reorgs(): Status['reorgs'] {
    return this.#reorgs
  }

  /** Until nothing is new. Errors: those of the indexer; what was new before is told. */
  async look(signal: AbortSignal): Promise<void> {
    const { indexer, present, facts, metrics, logger, clock } = this.#options
    try {
      for (;;) {
        const change = await indexer.poll(signal)
        if (change === undefined) return
        const { lost, block, runs, accounts, reorg } = change
        if (lost !== undefined) {
          logger.warn('the chain lost blocks', { from: lost.from, to: lost.to })
          metrics.reorgs.inc()
          const at = Math.floor(clock.now() / 1_000)
          this.#reorgs = [{ at, from: lost.from, to: Math.max(0, lost.to) }, ...this.#reorgs].slice(0, KEPT_REORGS)
        }
        await facts.learn([facts.native, ...tokensOf(indexer.ledger)])
        metrics.indexedBlock.set(block.number)
        metrics.blockTime.set(block.timestamp)
        present.moved({ block, runs: [...runs], accounts: [...accounts], reorg })
      }
    } catch (error) {
      if (!signal.aborted) metrics.failures.inc()
      throw error
    }
  }
}

/** In which anyone was ever paid, or may be. */
function tokensOf({ runs }: Ledger) {
  return [...runs.values()].flatMap(({ state }) => [...state.sponsorships.values()].map(({ token }) => token))
}
