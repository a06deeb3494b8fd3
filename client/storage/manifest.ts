// Which blobs this store holds, for which round, and which blocks they are made of: a SQLite file beside the blocks.
// Rows only: no block is touched here, and what may be deleted when is decided in retention.ts.
// INVARIANT: a block's row is written before its file and removed after it, so every file on disk has a row, whatever is killed when.

import { DatabaseSync, type SQLOutputValue } from 'node:sqlite'
import { TesseraError } from '@tessera/protocol/errors'
import type { Hex } from '@tessera/protocol/hex'
import type { BlobRef } from './blobRef.ts'

/** `incoming`: a put whose address is not known yet. `partial`: being fetched. `full`: complete. `dropping`: being deleted. */
export type BlobState = 'incoming' | 'partial' | 'full' | 'dropping'

export interface BlobRow {
  readonly id: number
  readonly round: number
  readonly keep: boolean
  readonly state: BlobState
}

const SCHEMA = `
  PRAGMA locking_mode = EXCLUSIVE;
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  CREATE TABLE IF NOT EXISTS blob (
    id INTEGER PRIMARY KEY,
    digest TEXT, size INTEGER,
    round INTEGER NOT NULL,
    keep INTEGER NOT NULL,
    state TEXT NOT NULL,
    UNIQUE (digest, size)
  );
  CREATE TABLE IF NOT EXISTS block (
    digest TEXT NOT NULL, blob INTEGER NOT NULL, bytes INTEGER NOT NULL,
    PRIMARY KEY (digest, blob)
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS block_blob ON block (blob);
`

export class Manifest {
  readonly #db: DatabaseSync
  readonly #path: string

  /**
   * Opens or makes the file at `path` (`:memory:`: nothing is kept).
   * @throws `storage/in-use` while another process has it open, `storage/manifest` when it is damaged or cannot be opened
   */
  constructor(path: string) {
    this.#path = path
    this.#db = this.#guard(() => new DatabaseSync(path, { timeout: 0 }))
    try {
      this.#guard(() => this.#db.exec(SCHEMA))
    } catch (error) {
      this.#db.close()
      throw error
    }
  }

  addBlob(row: { ref?: BlobRef; round: number; keep: boolean; state: BlobState }): number {
    const { ref, round, keep, state } = row
    const sql = 'INSERT INTO blob (digest, size, round, keep, state) VALUES (?, ?, ?, ?, ?)'
    return this.#guard(() =>
      Number(
        this.#db.prepare(sql).run(ref?.digest ?? null, ref?.size ?? null, round, Number(keep), state).lastInsertRowid,
      ),
    )
  }

  find(ref: BlobRef): BlobRow | undefined {
    const row = this.#one('SELECT id, round, keep, state FROM blob WHERE digest = ? AND size = ?', ref.digest, ref.size)
    return row === undefined ? undefined : toBlobRow(row)
  }

  /** Blobs that are whole or on their way, oldest round first. */
  live(): BlobRow[] {
    const sql = `SELECT id, round, keep, state FROM blob WHERE state IN ('partial', 'full') ORDER BY round, id`
    return this.#all(sql).map(toBlobRow)
  }

  /** Ids of the blobs in `state`. */
  inState(state: BlobState): number[] {
    return this.#all('SELECT id FROM blob WHERE state = ?', state).map((row) => Number(row.id))
  }

  /** A blob is kept for the latest round that asked for it, and for good once any caller did. */
  extend(id: number, round: number, keep: boolean): void {
    this.#run('UPDATE blob SET round = max(round, ?), keep = max(keep, ?) WHERE id = ?', round, Number(keep), id)
  }

  setState(id: number, state: BlobState): void {
    this.#run('UPDATE blob SET state = ? WHERE id = ?', state, id)
  }

  /** Gives a finished put its name; if the blob was here already, under another id, its rows move there. Returns the id that holds it. */
  name(id: number, ref: BlobRef, round: number, keep: boolean): number {
    return this.#atomically(() => {
      const known = this.find(ref)
      if (known === undefined) {
        this.#run(`UPDATE blob SET digest = ?, size = ?, state = 'full' WHERE id = ?`, ref.digest, ref.size, id)
        return id
      }
      this.#run('UPDATE OR IGNORE block SET blob = ? WHERE blob = ?', known.id, id)
      this.#run('DELETE FROM block WHERE blob = ?', id)
      this.#run('DELETE FROM blob WHERE id = ?', id)
      this.extend(known.id, round, keep)
      this.setState(known.id, 'full')
      return known.id
    })
  }

  /** First step of a deletion. The name is free from here on, so the blob may be fetched anew while its old blocks go. */
  markDropping(id: number): void {
    this.#run(`UPDATE blob SET digest = NULL, size = NULL, state = 'dropping' WHERE id = ?`, id)
  }

  /** True when there was such a row; so below. */
  removeBlob(id: number): boolean {
    return this.#run('DELETE FROM blob WHERE id = ?', id) > 0
  }

  /** True when the row is new. */
  addBlock(digest: Hex, blob: number, bytes: number): boolean {
    return this.#run('INSERT OR IGNORE INTO block (digest, blob, bytes) VALUES (?, ?, ?)', digest, blob, bytes) > 0
  }

  removeBlock(digest: Hex, blob: number): boolean {
    return this.#run('DELETE FROM block WHERE digest = ? AND blob = ?', digest, blob) > 0
  }

  /** How many blobs hold this block. */
  holders(digest: Hex): number {
    return Number(this.#one('SELECT count(*) AS n FROM block WHERE digest = ?', digest)?.n ?? 0)
  }

  blocksOf(blob: number): { readonly digest: Hex; readonly bytes: number }[] {
    const rows = this.#all('SELECT digest, bytes FROM block WHERE blob = ?', blob)
    return rows.map((row) => ({ digest: String(row.digest) as Hex, bytes: Number(row.bytes) }))
  }

  /** Length of a block that some blob holds. */
  bytesOf(digest: Hex): number | undefined {
    const row = this.#one('SELECT bytes FROM block WHERE digest = ? LIMIT 1', digest)
    return row === undefined ? undefined : Number(row.bytes)
  }

  /** Bytes of all blocks, shared ones counted once. */
  blockBytes(): number {
    const sql = 'SELECT coalesce(sum(bytes), 0) AS n FROM (SELECT DISTINCT digest, bytes FROM block)'
    return Number(this.#one(sql)?.n ?? 0)
  }

  /** Returns once everything written so far survives a loss of power. */
  sync(): void {
    this.#guard(() => this.#db.exec('PRAGMA wal_checkpoint(TRUNCATE)'))
  }

  close(): void {
    this.#guard(() => this.#db.close())
  }

  #atomically<T>(work: () => T): T {
    this.#guard(() => this.#db.exec('BEGIN IMMEDIATE'))
    try {
      const result = work()
      this.#guard(() => this.#db.exec('COMMIT'))
      return result
    } catch (error) {
      this.#guard(() => this.#db.exec('ROLLBACK'))
      throw error
    }
  }

  #run(sql: string, ...values: readonly (string | number)[]): number {
    return this.#guard(() => Number(this.#db.prepare(sql).run(...values).changes))
  }

  #one(sql: string, ...values: readonly (string | number)[]): Record<string, SQLOutputValue> | undefined {
    return this.#guard(() => this.#db.prepare(sql).get(...values))
  }

  #all(sql: string, ...values: readonly (string | number)[]): Record<string, SQLOutputValue>[] {
    return this.#guard(() => this.#db.prepare(sql).all(...values))
  }

  #guard<T>(work: () => T): T {
    try {
      return work()
    } catch (error) {
      throw error instanceof TesseraError ? error : manifestFault(error, this.#path)
    }
  }
}

function toBlobRow(row: Record<string, SQLOutputValue>): BlobRow {
  return {
    id: Number(row.id),
    round: Number(row.round),
    keep: row.keep === 1,
    state: row.state as BlobState,
  }
}

// SQLite's primary result codes, the low byte of `errcode`.
const SQLITE_BUSY = 5
const SQLITE_LOCKED = 6
const SQLITE_FULL = 13

function manifestFault(error: unknown, path: string): TesseraError {
  const errcode =
    typeof error === 'object' && error !== null && 'errcode' in error ? Number(error.errcode) & 0xff : undefined
  const options = { context: { path, errcode }, cause: error }
  if (errcode === SQLITE_BUSY || errcode === SQLITE_LOCKED)
    return new TesseraError('storage/in-use', `another process uses the store at ${path}`, {
      hint: 'Stop the other process, or give this one a data folder of its own',
      ...options,
    })
  if (errcode === SQLITE_FULL)
    return new TesseraError('storage/disk-full', `no space left for ${path}`, {
      hint: 'Free some space, lower the quota, or keep fewer rounds',
      ...options,
    })
  return new TesseraError('storage/manifest', `the list of stored blobs at ${path} cannot be used`, {
    hint: 'If the file is damaged, delete it: the store then starts empty and fetches blobs again',
    ...options,
  })
}
