// @testonly A database of its own for a test: SQLite in memory or, where TESSERA_TEST_POSTGRES names a server, a fresh PostgreSQL one.

import { randomUUID } from 'node:crypto'
import type { TestContext } from 'node:test'
import pg from 'pg'
import { type Database, type DatabasePlace, openDatabase } from './open.ts'
import { BY_BLOCK, type Tables } from './tables.ts'

export async function testDatabase(t: TestContext, deployment: DatabasePlace['deployment']): Promise<Database> {
  const database = await openDatabase({ at: await testPlace(t), deployment })
  t.after(() => database.close())
  return database
}

/** Where an empty database is. SQLite's in memory is another one each time that it is opened. */
export async function testPlace(t: TestContext): Promise<string> {
  const server = process.env.TESSERA_TEST_POSTGRES
  if (server === undefined) return ':memory:'
  const name = `test_${randomUUID().replaceAll('-', '')}`
  const admin = new pg.Client({ connectionString: server })
  await admin.connect()
  await admin.query(`create database ${name}`)
  t.after(async () => {
    await admin.query(`drop database ${name} with (force)`)
    await admin.end()
  })
  const url = new URL(server)
  url.pathname = `/${name}`
  return url.href
}

/** Everything that follows from the chain, in an order of its own. */
export async function dump({ db }: Pick<Database, 'db'>): Promise<Readonly<Record<string, readonly string[]>>> {
  const tables: Record<string, readonly string[]> = {}
  for (const table of BY_BLOCK) {
    const rows = await db.selectFrom(table).selectAll().execute()
    tables[table] = (rows as Tables[typeof table][]).map((row) => JSON.stringify(sorted(row))).sort()
  }
  return tables
}

function sorted(row: object): object {
  return Object.fromEntries(Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1)))
}
