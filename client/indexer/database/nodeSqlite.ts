// Kysely over Node's own SQLite: one connection, one thread, one file. Kysely brings the dialect, for another library; what is here
// is the library's face, that of better-sqlite3 as far as Kysely asks for it.

import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import { SqliteDialect } from 'kysely'

/** How long another process's reading may keep a write waiting. */
const BUSY_MS = 5_000

/** @param path Of the file, or `:memory:`. */
export function nodeSqliteDialect(path: string): SqliteDialect {
  const database = new DatabaseSync(path, { timeout: BUSY_MS })
  // Readers do not wait for the writer; a crash of the machine may lose the last transactions, which the chain tells again.
  database.exec('pragma journal_mode = wal; pragma synchronous = normal;')
  return new SqliteDialect({
    database: {
      close: () => database.close(),
      prepare: (text) => {
        const statement = database.prepare(text)
        const values = (parameters: readonly unknown[]): SQLInputValue[] => parameters as SQLInputValue[]
        return {
          reader: statement.columns().length > 0,
          all: (parameters) => statement.all(...values(parameters)),
          run: (parameters) => {
            const { changes, lastInsertRowid } = statement.run(...values(parameters))
            return { changes: BigInt(changes), lastInsertRowid: BigInt(lastInsertRowid) }
          },
          iterate: (parameters) => statement.iterate(...values(parameters)),
        }
      },
    },
  })
}
