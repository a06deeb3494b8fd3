// Opens the database of an indexer, makes or alters its tables, and holds that it is about the chain that is followed.

import { mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Deployment } from '@tessera/chain/addresses'
import { TesseraError } from '@tessera/protocol/errors'
import { lowerHex } from '@tessera/protocol/hex'
import { Kysely, PostgresDialect, sql } from 'kysely'
import { Migrator } from 'kysely/migration'
import pg from 'pg'
import { migrations } from './migrations.ts'
import { nodeSqliteDialect } from './nodeSqlite.ts'
import type { Tables } from './tables.ts'

export interface DatabasePlace {
  /** `postgres://…`, or the path of a file. */
  readonly at: string
  readonly deployment: Pick<Deployment, 'genesisHash' | 'runCoordinator'>
}

export interface Database {
  readonly kind: 'sqlite' | 'postgres'
  readonly db: Kysely<Tables>
  /** Bytes on disk; null where that is not known. */
  size(): Promise<number | null>
  close(): Promise<void>
}

const MAX_CONNECTIONS = 8

/**
 * @throws `indexer/database-failed` when it cannot be opened, `indexer/other-chain` when it holds the events of another deployment
 */
export async function openDatabase({ at, deployment }: DatabasePlace): Promise<Database> {
  const kind = /^postgres(ql)?:/.test(at) ? 'postgres' : 'sqlite'
  let db: Kysely<Tables> | undefined
  try {
    if (kind === 'sqlite' && at !== ':memory:') await mkdir(dirname(at), { recursive: true })
    db = new Kysely<Tables>({ dialect: kind === 'sqlite' ? nodeSqliteDialect(at) : postgresDialect(at) })
    const { error } = await new Migrator({ db, provider: migrations }).migrateToLatest()
    if (error !== undefined) throw error
    await checkChain(db, deployment)
  } catch (error) {
    await db?.destroy()
    throw error instanceof TesseraError ? error : failed(kind, error)
  }
  const opened = db
  return {
    kind,
    db: opened,
    size: () => sizeOf(kind, opened, at),
    close: () => opened.destroy(),
  }
}

function postgresDialect(url: string): PostgresDialect {
  const pool = new pg.Pool({
    connectionString: url,
    max: MAX_CONNECTIONS,
    // What is wider than a double is stored as text: numbers of blocks, seconds and gas are not.
    types: { getTypeParser: (id, format) => (id === INT8 ? Number : pg.types.getTypeParser(id, format)) },
  })
  // A connection that breaks while nobody uses it is replaced at the next query, which then says what is wrong.
  pool.on('error', () => undefined)
  return new PostgresDialect({ pool })
}

const INT8 = 20

async function checkChain(db: Kysely<Tables>, deployment: DatabasePlace['deployment']): Promise<void> {
  const value = `${deployment.genesisHash}/${lowerHex(deployment.runCoordinator)}`
  await db
    .insertInto('meta')
    .values({ key: 'deployment', value })
    .onConflict((conflict) => conflict.column('key').doNothing())
    .execute()
  const found = await db.selectFrom('meta').select('value').where('key', '=', 'deployment').executeTakeFirst()
  if (found?.value === value) return
  throw new TesseraError('indexer/other-chain', 'the database holds the events of another deployment', {
    hint: 'Give another --data folder or --database, or remove this one: it is filled again from the chain',
    context: { expected: value, found: found?.value },
  })
}

async function sizeOf(kind: Database['kind'], db: Kysely<Tables>, path: string): Promise<number | null> {
  if (kind === 'postgres') {
    const { rows } = await sql<{ bytes: number }>`select pg_database_size(current_database()) as bytes`.execute(db)
    return rows[0]?.bytes ?? null
  }
  return await stat(path).then(
    ({ size }) => size,
    () => null,
  )
}

function failed(kind: Database['kind'], cause: unknown): TesseraError {
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new TesseraError('indexer/database-failed', `the ${kind} database could not be opened: ${reason}`, {
    retryable: kind === 'postgres',
    hint: 'Look whether the folder can be written and no other indexer uses it, or whether the server runs and the address is right',
    cause,
  })
}
