// How the indexer itself fares.

import type { Answer } from '../api/routes.ts'
import type { Database } from '../database/open.ts'

export type Status = Answer<'status'>

/** What the program knows of itself and of its surroundings. */
export interface Condition {
  readonly version: string
  readonly chainId: number
  readonly genesisHash: Status['genesisHash']
  /** Unix seconds. */
  readonly startedAt: number
  now(): number
  head(): Status['head']
  indexed(): Status['indexed']
  rpc(): Status['rpc']
  reorgs(): Status['reorgs']
  observer(): Status['observer']
  gateways(): Status['gateways']
}

export async function status(condition: Condition, database: Pick<Database, 'db' | 'kind' | 'size'>): Promise<Status> {
  const { version, chainId, genesisHash, startedAt } = condition
  const { db, kind } = database
  const { events } = await db
    .selectFrom('logs')
    .select(({ fn }) => fn.countAll<number>().as('events'))
    .executeTakeFirstOrThrow()
  return {
    version,
    chainId,
    genesisHash,
    now: condition.now(),
    startedAt,
    head: condition.head(),
    indexed: condition.indexed(),
    database: { kind, events, bytes: await database.size() },
    rpc: condition.rpc(),
    reorgs: [...condition.reorgs()],
    observer: condition.observer(),
    gateways: [...condition.gateways()],
  }
}
