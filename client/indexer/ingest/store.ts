// Puts a stretch of the chain into the database, all of it or nothing, and reads back what was put.

import type { RawLog } from '@tessera/chain/shapes'
import type { Kysely, Transaction } from 'kysely'
import { getAddress, type Hex } from 'viem'
import { BY_BLOCK, type Tables } from '../database/tables.ts'
import type { BlockDetails } from './blockDetails.ts'
import type { KnownBlock, Stretch } from './chainLog.ts'
import type { Fact } from './facts.ts'

/** Values in one statement: SQLite takes 32,766, PostgreSQL 65,535. */
const MAX_VALUES = 30_000
/** Blocks without a log are kept so long, to step back over. */
const KEEP_EMPTY = 256

export async function storeStretch(
  db: Kysely<Tables>,
  stretch: Stretch,
  { blocks, gas }: BlockDetails,
  facts: readonly Fact[],
): Promise<void> {
  await db.transaction().execute(async (transaction) => {
    const { keptUpTo } = stretch
    if (keptUpTo !== undefined) await removeAbove(transaction, Number(keptUpTo))
    const seen = new Map([...blocks, [stretch.block.number, stretch.block] as const])
    // A chain that got shorter may end at the block that is kept, which is stored.
    const added = [...seen.values()].filter(({ number }) => keptUpTo === undefined || number > keptUpTo)
    await insert(transaction, 'blocks', added.map(blockRow))
    await insert(transaction, 'logs', stretch.logs.map(logRow))
    const ofTransaction = new Map(stretch.logs.map((log) => [log.transactionHash, log.blockNumber]))
    const transactions = [...ofTransaction].map(([hash, block]) => ({
      hash,
      block: Number(block),
      gas: Number(gas.get(hash) ?? 0n),
    }))
    await insert(transaction, 'transactions', transactions)
    await insertFacts(transaction, facts)
    await forgetEmpty(transaction, Number(stretch.block.number))
  })
}

/** Those above a block, with all that came of them. */
export async function removeBlocks(db: Kysely<Tables>, above: bigint): Promise<void> {
  await db.transaction().execute((transaction) => removeAbove(transaction, Number(above)))
}

async function removeAbove(db: Transaction<Tables>, block: number): Promise<void> {
  for (const table of BY_BLOCK) await db.deleteFrom(table).where('block', '>', block).execute()
  await db.deleteFrom('blocks').where('number', '>', block).execute()
}

export async function insertFacts(db: Transaction<Tables>, facts: readonly Fact[]): Promise<void> {
  const tables = new Map<Fact['table'], Fact['row'][]>()
  for (const { table, row } of facts) {
    const rows = tables.get(table)
    if (rows === undefined) tables.set(table, [row])
    else rows.push(row)
  }
  for (const [table, rows] of tables) await insert(db, table, rows)
}

async function insert(db: Transaction<Tables>, table: keyof Tables, rows: readonly object[]): Promise<void> {
  const columns = Object.keys(rows[0] ?? {}).length
  if (columns === 0) return
  const size = Math.floor(MAX_VALUES / columns)
  for (let at = 0; at < rows.length; at += size)
    // SAFETY: rows are of the table by the types of the callers; the compiler does not follow a table by its name.
    await db
      .insertInto(table)
      .values(rows.slice(at, at + size) as never)
      .execute()
}

async function forgetEmpty(db: Transaction<Tables>, tip: number): Promise<void> {
  await db
    .deleteFrom('blocks')
    .where('number', '>', tip - 4 * KEEP_EMPTY)
    .where('number', '<', tip - KEEP_EMPTY)
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom('logs').select('logs.block').whereRef('logs.block', '=', 'blocks.number'))),
    )
    .execute()
}

function blockRow({ number, hash, timestamp }: KnownBlock): Tables['blocks'] {
  return { number: Number(number), hash, timestamp: Number(timestamp) }
}

function logRow({ blockNumber, logIndex, transactionHash, address, topics, data }: RawLog): Tables['logs'] {
  const block = Number(blockNumber)
  return { block, position: Number(logIndex), tx: transactionHash, address, topics: JSON.stringify(topics), data }
}

/** The newest stored blocks, ascending. */
export async function readBlocks(db: Kysely<Tables>, count: number): Promise<KnownBlock[]> {
  const rows = await db.selectFrom('blocks').selectAll().orderBy('number', 'desc').limit(count).execute()
  return rows
    .map(({ number, hash, timestamp }) => ({ number: BigInt(number), hash, timestamp: BigInt(timestamp) }))
    .reverse()
}

/** A log with what was read besides. */
export interface StoredLog {
  readonly log: RawLog
  readonly timestamp: number
  readonly gas: number
}

/** A page of the stored logs up to a block, in order; from the one after `after` on. */
export async function readLogs(
  db: Kysely<Tables>,
  after: { readonly block: number; readonly position: number },
  upTo: number,
  limit: number,
): Promise<StoredLog[]> {
  const rows = await db
    .selectFrom('logs')
    .innerJoin('blocks', 'blocks.number', 'logs.block')
    .innerJoin('transactions', 'transactions.hash', 'logs.tx')
    .selectAll('logs')
    .select(['blocks.hash', 'blocks.timestamp', 'transactions.gas'])
    .where('logs.block', '<=', upTo)
    // As one comparison of rows, which both databases find in the index.
    .where(({ eb, refTuple, tuple }) =>
      eb(refTuple('logs.block', 'logs.position'), '>', tuple(after.block, after.position)),
    )
    .orderBy('logs.block')
    .orderBy('logs.position')
    .limit(limit)
    .execute()
  return rows.map(({ block, position, tx, address, topics, data, hash, timestamp, gas }) => ({
    log: {
      address: getAddress(address),
      topics: JSON.parse(topics) as Hex[],
      data,
      blockNumber: BigInt(block),
      blockHash: hash,
      transactionHash: tx,
      logIndex: BigInt(position),
    },
    timestamp,
    gas,
  }))
}
