// The SQLite file below journal.ts: its schema and version, its durability settings, and SQLite's errors in our codes.

import { createHash } from 'node:crypto'
import { closeSync, existsSync, fsyncSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { TesseraError } from '@tessera/protocol/errors'

const VERSION = 1
// Stands in the file's header, so that another program's database is not taken for a journal: "TSRJ".
const APPLICATION_ID = 0x5453_524a

// https://sqlite.org/rescode.html, primary codes; extended ones carry these in their low byte.
const SQLITE_BUSY = 5
const SQLITE_FULL = 13
const SQLITE_CORRUPT = 11
const SQLITE_NOTADB = 26

// A diagnosis that reads beside the owner may hold the file for a moment.
const READER_MS = 1_000

/** Opens the file, creating it with `scope`; checks that it is whole, ours, of this version and of this scope. */
export function openJournalFile(path: string, scope: string): { database: DatabaseSync; prunedBefore: bigint } {
  return translated(path, () => {
    const isNew = !existsSync(path)
    const database = new DatabaseSync(path, { timeout: READER_MS })
    try {
      // FULL: every commit is fsynced before it returns. In WAL mode NORMAL would lose the last commits on a power cut.
      database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
      if (isEmpty(database)) create(database, scope)
      if (isNew) syncFolder(dirname(path))
      checkFile(database, path, scope)
      const prunedBefore = metaText(database, path, 'pruned-before')
      if (!/^\d+$/.test(prunedBefore)) throw corrupt(path, 'its pruning mark is not a number')
      return { database, prunedBefore: BigInt(prunedBefore) }
    } catch (error) {
      database.close()
      throw error
    }
  })
}

function isEmpty(database: DatabaseSync): boolean {
  // A process killed between creating the file and its schema leaves an empty database: no decision was recorded yet.
  return pragma(database, 'application_id') === 0 && pragma(database, 'schema_version') === 0
}

function create(database: DatabaseSync, scope: string): void {
  database.exec(`
    BEGIN IMMEDIATE;
    CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE entry (
      kind TEXT NOT NULL,
      round INTEGER NOT NULL,
      decision INTEGER NOT NULL CHECK (decision IN (0, 1)),
      value TEXT NOT NULL,
      digest TEXT NOT NULL,
      PRIMARY KEY (kind, round)
    ) STRICT, WITHOUT ROWID;
    INSERT INTO meta VALUES ('pruned-before', '0');
    PRAGMA application_id = ${APPLICATION_ID};
    PRAGMA user_version = ${VERSION};
  `)
  database.prepare(`INSERT INTO meta VALUES ('scope', ?)`).run(scope)
  database.exec('COMMIT')
}

function checkFile(database: DatabaseSync, path: string, scope: string): void {
  if (pragma(database, 'application_id') !== APPLICATION_ID) throw corrupt(path, 'it is a database of another program')
  const version = pragma(database, 'user_version')
  if (version !== VERSION)
    throw new TesseraError('journal/version', `${path} has version ${version}, this program writes ${VERSION}`, {
      context: { path, version, expected: VERSION },
      hint: 'Use the version of the program that wrote it',
    })
  const check = database.prepare('PRAGMA quick_check(1)').get()?.quick_check
  if (check !== 'ok') throw corrupt(path, String(check))
  const found = metaText(database, path, 'scope')
  if (found !== scope)
    throw new TesseraError('journal/wrong-scope', `${path} belongs to ${found}`, {
      context: { path, found, expected: scope },
      hint: 'Use one data folder per chain, run and key; a fresh chain needs a fresh folder',
    })
}

function metaText(database: DatabaseSync, path: string, name: string): string {
  const value = database.prepare('SELECT value FROM meta WHERE name = ?').get(name)?.value
  if (typeof value !== 'string') throw corrupt(path, `it has no ${name}`)
  return value
}

function pragma(database: DatabaseSync, name: 'application_id' | 'schema_version' | 'user_version'): number {
  return Number(database.prepare(`PRAGMA ${name}`).get()?.[name])
}

// SQLite syncs its files; that the folder names them is ours to make sure of.
function syncFolder(folder: string): void {
  if (process.platform === 'win32') return
  const handle = openSync(folder, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}

/** Binds a value to its place, so that neither a flipped bit nor a swapped row passes. */
export function rowDigest(kind: string, round: bigint, value: string): string {
  return createHash('sha256')
    .update(JSON.stringify([kind, round.toString(), value]))
    .digest('hex')
}

/** Runs `work`, turning SQLite's and the file system's errors into ours. */
export function translated<T>(path: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (error instanceof TesseraError) throw error
    const { code, errcode } = error as { readonly code?: unknown; readonly errcode?: unknown }
    const primary = code === 'ERR_SQLITE_ERROR' && typeof errcode === 'number' ? errcode & 0xff : undefined
    if (primary === SQLITE_CORRUPT || primary === SQLITE_NOTADB) throw corrupt(path, String(error), error)
    const reason = error instanceof Error ? error.message : String(error)
    throw new TesseraError('journal/write-failed', `${path}: ${reason}`, {
      // Room comes back; until then nothing is signed.
      retryable: primary === SQLITE_FULL || code === 'ENOSPC',
      cause: error,
      context: { path, sqlite: errcode },
      hint: 'Check the free space and the permissions of the folder; nothing was signed',
    })
  }
}

/** True when SQLite says that another connection holds the lock. */
export function isBusy(error: unknown): boolean {
  const { errcode } = error as { readonly errcode?: unknown }
  return typeof errcode === 'number' && (errcode & 0xff) === SQLITE_BUSY
}

function corrupt(path: string, reason: string, cause?: unknown): TesseraError {
  return new TesseraError('journal/corrupt', `${path} is damaged: ${reason}`, {
    ...(cause === undefined ? {} : { cause }),
    context: { path, reason },
    hint: 'Restore it from a backup, or start with a new key and folder; a second decision in an open round would be slashed',
  })
}
