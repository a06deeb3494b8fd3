// What the queries answer from: the database for what happened, the ledger for what holds now, and the few things that no event
// tells. All of one indexer.

import { TesseraError } from '@tessera/protocol/errors'
import type { Kysely } from 'kysely'
import type { Tables } from '../database/tables.ts'
import type { Ledger, RunLedger } from '../ingest/ledger.ts'
import type { ChainFacts } from './chainFacts.ts'
import type { ReceiptShelf } from './receiptShelf.ts'
import type { TrainedTokens } from './trainedTokens.ts'

/** What holds after the newest indexed block. */
export interface Now {
  readonly ledger: Ledger
  /** Of the block, unix seconds. */
  readonly at: number
}

export interface Source {
  readonly db: Kysely<Tables>
  /** Undefined before the first block. */
  readonly now: () => Now | undefined
  readonly chain: ChainFacts
  readonly receipts: ReceiptShelf
  readonly tokens: TrainedTokens
}

/** @throws `indexer/not-ready` */
export function nowOf({ now }: Source): Now {
  const present = now()
  if (present !== undefined) return present
  throw new TesseraError('indexer/not-ready', 'the indexer has not read the chain yet', {
    retryable: true,
    hint: 'Ask again in a moment; /v1/status tells how far it is',
  })
}

/** @throws `indexer/unknown-run`, `indexer/not-ready` */
export function runOf(source: Source, run: number): RunLedger {
  const found = nowOf(source).ledger.runs.get(BigInt(run))
  if (found !== undefined) return found
  throw new TesseraError('indexer/unknown-run', `there is no run ${run}`, {
    hint: '/v1/runs lists the runs that there are',
    context: { run },
  })
}
