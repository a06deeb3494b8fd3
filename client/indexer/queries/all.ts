// Which query answers which route.

import type { Database } from '../database/open.ts'
import type { Queries } from '../server/answers.ts'
import type { ChainFacts } from './chainFacts.ts'
import { checkpoints } from './checkpoints.ts'
import { contributions } from './contributions.ts'
import { earnings } from './earnings.ts'
import { emission } from './emission.ts'
import { holder } from './holder.ts'
import { miner, validator } from './member.ts'
import { operators } from './operators.ts'
import { ReceiptShelf } from './receiptShelf.ts'
import { round } from './round.ts'
import { run } from './run.ts'
import { runs } from './runs.ts'
import { series } from './series.ts'
import type { Now, Source } from './source.ts'
import { type Condition, status } from './status.ts'
import { TrainedTokens } from './trainedTokens.ts'

export interface QueryParts {
  readonly database: Pick<Database, 'db' | 'kind' | 'size'>
  readonly now: () => Now | undefined
  readonly chain: ChainFacts
  readonly condition: Condition
}

export function createQueries({ database, now, chain, condition }: QueryParts): Queries {
  const { db } = database
  const source: Source = { db, now, chain, receipts: new ReceiptShelf(db), tokens: new TrainedTokens(db) }
  return {
    status: () => status(condition, database),
    runs: () => runs(source),
    run: (params) => run(source, params),
    series: (params) => series(source, params),
    round: (params) => round(source, params),
    contributions: (params) => contributions(source, params),
    checkpoints: (params) => checkpoints(source, params),
    miner: (params) => miner(source, params),
    validator: (params) => validator(source, params),
    operators: () => operators(source),
    holder: (params) => holder(source, params),
    earnings: (params) => earnings(source, params),
    emission: () => emission(source),
  }
}
