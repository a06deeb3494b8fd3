// Which blobs this store holds, for which round, and which blocks they are made of: a SQLite file beside the blocks.
// Rows only: no block is touched here, and what may be deleted when is decided in retention.ts. How errors are told: manifestFault.ts.
// INVARIANT: a block's row is written before its file and removed after it, so every file on disk has a row, whatever is killed when.

import { DatabaseSync, type SQLOutputValue, type StatementSync } from 'node:sqlite'
import { isTesseraError } from '@tessera/protocol/errors'
import type { Hex } from '@tessera/protocol/hex'
import type { BlobRef } from './blobRef.ts'
import type { StoredBlock } from './blockStore.ts'
import { CACHED, type Holding } from './lifetime.ts'
import { manifestFault, newerManifest } from './manifestFault.ts'
import { LAYOUT, PRAGMAS, SCHEMA } from './manifestLayout.ts'

/** `incoming`: a put whose address is not known yet. `partial`: being fetched. `full`: complete. `dropping`: being deleted. */
export type BlobState = 'incoming' | 'partial' | 'full' | 'dropping'

export interface BlobRow {
  readonly id: number
  /** Or CACHED. */
  readonly round: number
  readonly keep: boolean
  readonly state: BlobState
}

/** A block as one blob holds it. */
export interface HeldBlock {
  readonly blob: number
  readonly digest: Hex
  readonly bytes: number
}

/** What a deletion may use up when the disk is full: see diskReserve.ts. */
export interface Reserve {
  /** Frees it; false when there is none left. */
  release(): boolean
  /** Takes it again, if there is room. */
  refill(): void
}

const NO_RESERVE: Reserve = { release: () => false, refill: () => {} }

const LIVE = `blob.state IN ('partial', 'full')`
const IN_CACHE = `blob.keep = 0 AND blob.round = ${CACHED} AND ${LIVE}`

export class Manifest {
  readonly #db: DatabaseSync
  readonly #path: string
  readonly #reserve: Reserve
  readonly #statements = new Map<string, StatementSync>()
  /** Counts uses, so that they have an order; not a time. */
  #uses: number

  /**
   * Opens or makes the file at `path` (`:memory:`: nothing is kept).
   * @throws `storage/in-use` while another process has it open, `storage/disk-full`, `no-access`, `io`, and `storage/manifest` when it
   * is damaged or of a later version
   */
  constructor(path: string, reserve: Reserve = NO_RESERVE) {
    this.#path = path
    this.#reserve = reserve
    this.#db = this.#guard(() => new DatabaseSync(path, { timeout: 0 }))
    try {
      this.#guard(() => this.#db.exec(PRAGMAS))
      const layout = Number(this.#one('PRAGMA user_version')?.user_version)
      if (layout > LAYOUT) throw newerManifest(path, layout, LAYOUT)
      if (layout < LAYOUT) this.#freeing(() => this.#atomically(() => this.#guard(() => this.#db.exec(SCHEMA))))
      this.#uses = Number(this.#one('SELECT coalesce(max(used), 0) AS n FROM block')?.n)
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
        this.#prepared(sql).run(ref?.digest ?? null, ref?.size ?? null, round, Number(keep), state).lastInsertRowid,
      ),
    )
  }

  find(ref: BlobRef): BlobRow | undefined {
    const row = this.#one('SELECT id, round, keep, state FROM blob WHERE digest = ? AND size = ?', ref.digest, ref.size)
    return row === undefined ? undefined : toBlobRow(row)
  }

  blob(id: number): BlobRow | undefined {
    const row = this.#one('SELECT id, round, keep, state FROM blob WHERE id = ?', id)
    return row === undefined ? undefined : toBlobRow(row)
  }

  /** Ids of ordinary blobs of rounds before `round`, oldest first. */
  ofRoundsBefore(round: number): number[] {
    const sql = `SELECT id FROM blob WHERE ${LIVE} AND keep = 0 AND round >= 0 AND round < ? ORDER BY round, id`
    return this.#all(sql, round).map((row) => Number(row.id))
  }

  /**
   * What may go for its room's sake, first things first: whole blobs of rounds before `round` by when they came, and, between them,
   * blocks of the cache by when they were last used.
   */
  spare(round: number): { readonly blob: number; readonly cached: HeldBlock | undefined }[] {
    const sql = `
      SELECT id AS blob, NULL AS digest, 0 AS bytes, (SELECT max(used) FROM block WHERE blob = id) AS used
        FROM blob WHERE ${LIVE} AND keep = 0 AND round >= 0 AND round < ?
      UNION ALL SELECT blob, block.digest, bytes, used FROM block JOIN blob ON blob.id = block.blob WHERE ${IN_CACHE}
      ORDER BY used`
    return this.#all(sql, round).map((row) => ({
      blob: Number(row.blob),
      cached: row.digest === null ? undefined : toHeldBlock(row),
    }))
  }

  /** Blocks of the cache, least recently used first. */
  cached(limit: number): HeldBlock[] {
    const sql = `SELECT blob, block.digest, bytes FROM block JOIN blob ON blob.id = block.blob WHERE ${IN_CACHE} ORDER BY used LIMIT ?`
    return this.#all(sql, limit).map(toHeldBlock)
  }

  /** Bytes that would be free without the cache, that of blob `except` left aside. */
  cachedBytes(except: number): number {
    const sql = `
      SELECT coalesce(sum(bytes), 0) AS n FROM (
        SELECT block.digest, bytes FROM block JOIN blob ON blob.id = block.blob
          GROUP BY block.digest HAVING min(${IN_CACHE} AND blob.id <> ?) = 1)`
    return Number(this.#one(sql, except)?.n ?? 0)
  }

  /** Ids of the blobs in `state`. */
  inState(state: BlobState): number[] {
    return this.#all('SELECT id FROM blob WHERE state = ?', state).map((row) => Number(row.id))
  }

  /** A blob is kept for the latest round that asked for it, and for good once any caller did. */
  extend(id: number, round: number, keep: boolean): void {
    this.#run('UPDATE blob SET round = max(round, ?), keep = max(keep, ?) WHERE id = ?', round, Number(keep), id)
  }

  /** Makes a blob an ordinary one of its round. */
  unkeep(id: number): void {
    this.#run('UPDATE blob SET keep = 0 WHERE id = ?', id)
  }

  /**
   * Says whose rounds these are. When they were another's, all blobs become ordinary ones of round 0: the numbers of their rounds mean
   * nothing here.
   */
  setScope(name: string): void {
    this.#freeing(() =>
      this.#atomically(() => {
        const known = this.#one('SELECT name FROM scope')?.name
        if (known === name) return
        if (known !== undefined) this.#run('UPDATE blob SET keep = 0, round = min(round, 0)')
        this.#run('DELETE FROM scope')
        this.#run('INSERT INTO scope (name) VALUES (?)', name)
      }),
    )
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
    const sql = `UPDATE blob SET digest = NULL, size = NULL, state = 'dropping' WHERE id = ?`
    this.#freeing(() => this.#run(sql, id))
  }

  /**
   * The first step of the deletion of single blocks, those of them that are in the cache and nowhere else to be kept: gives them to a
   * blob of their own, which is being deleted. Returns its id.
   */
  bury(blocks: readonly HeldBlock[]): number {
    return this.#freeing(() =>
      this.#atomically(() => {
        const grave = this.addBlob({ round: 0, keep: false, state: 'dropping' })
        for (const { blob, digest } of blocks) {
          if (this.#one(`SELECT 1 FROM blob WHERE id = ? AND ${IN_CACHE}`, blob) === undefined) continue
          this.#run('UPDATE OR IGNORE block SET blob = ? WHERE digest = ? AND blob = ?', grave, digest, blob)
          this.#run('DELETE FROM block WHERE digest = ? AND blob = ?', digest, blob)
          this.#run(`UPDATE blob SET state = 'partial' WHERE id = ?`, blob)
        }
        return grave
      }),
    )
  }

  /** True when there was such a row; so below. */
  removeBlob(id: number): boolean {
    return this.#freeing(() => this.#run('DELETE FROM blob WHERE id = ?', id)) > 0
  }

  /** True when the row is new. */
  addBlock(digest: Hex, blob: number, bytes: number): boolean {
    const sql = 'INSERT OR IGNORE INTO block (digest, blob, bytes, used) VALUES (?, ?, ?, ?)'
    return this.#run(sql, digest, blob, bytes, ++this.#uses) > 0
  }

  /** Makes it the block that was used last. */
  touch(digest: Hex, blob: number): void {
    this.#run('UPDATE block SET used = ? WHERE digest = ? AND blob = ?', ++this.#uses, digest, blob)
  }

  removeBlock(digest: Hex, blob: number): boolean {
    const sql = 'DELETE FROM block WHERE digest = ? AND blob = ?'
    return this.#freeing(() => this.#run(sql, digest, blob)) > 0
  }

  /**
   * Forgets blocks that are not among those of `stored` with the same length; what had them is no longer whole. Hands those of `stored`
   * that are not to be here to `surplus`.
   */
  async reconcile(stored: AsyncIterable<StoredBlock>, surplus: (digest: Hex) => Promise<unknown>): Promise<void> {
    this.#guard(() => this.#db.exec('PRAGMA temp_store = MEMORY; CREATE TEMP TABLE seen (digest TEXT PRIMARY KEY)'))
    for await (const { digest, bytes } of stored) {
      const known = this.#one('SELECT bytes FROM block WHERE digest = ?', digest)?.bytes
      if (known === bytes) this.#run('INSERT OR IGNORE INTO seen VALUES (?)', digest)
      else await surplus(digest)
    }
    this.#freeing(() =>
      this.#atomically(() => {
        const lost = 'digest NOT IN (SELECT digest FROM seen)'
        this.#run(
          `UPDATE blob SET state = 'partial' WHERE state = 'full' AND id IN (SELECT blob FROM block WHERE ${lost})`,
        )
        this.#run(`DELETE FROM block WHERE ${lost}`)
      }),
    )
    this.#guard(() => this.#db.exec('DROP TABLE seen'))
  }

  /** Takes again what a deletion on a full disk has used up. */
  refillReserve(): void {
    this.#reserve.refill()
  }

  /** How many blobs hold this block. */
  holders(digest: Hex): number {
    return Number(this.#one('SELECT count(*) AS n FROM block WHERE digest = ?', digest)?.n ?? 0)
  }

  blocksOf(blob: number): HeldBlock[] {
    return this.#all('SELECT digest, blob, bytes FROM block WHERE blob = ?', blob).map(toHeldBlock)
  }

  /** What takes how much, in no order. */
  holdings(): Holding[] {
    const sql = `
      SELECT keep, round, sum(bytes) AS bytes FROM (
        SELECT max(bytes) AS bytes, max(keep) AS keep, max(round) AS round
          FROM block JOIN blob ON blob.id = block.blob GROUP BY block.digest)
      GROUP BY keep, round`
    return this.#all(sql).map((row) => ({
      keep: row.keep === 1,
      round: Number(row.round),
      bytes: Number(row.bytes),
    }))
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
      // A full disk makes SQLite roll back by itself; to do so again would only hide why.
      if (this.#db.isTransaction) this.#guard(() => this.#db.exec('ROLLBACK'))
      throw error
    }
  }

  /** Work that makes room or goes before that: on a full disk it may use up the reserve. */
  #freeing<T>(work: () => T): T {
    try {
      return work()
    } catch (error) {
      if (!isTesseraError(error, 'storage/disk-full') || !this.#reserve.release()) throw error
      return work()
    }
  }

  #run(sql: string, ...values: readonly (string | number)[]): number {
    return this.#guard(() => Number(this.#prepared(sql).run(...values).changes))
  }

  #one(sql: string, ...values: readonly (string | number)[]): Record<string, SQLOutputValue> | undefined {
    return this.#guard(() => this.#prepared(sql).get(...values))
  }

  #all(sql: string, ...values: readonly (string | number)[]): Record<string, SQLOutputValue>[] {
    return this.#guard(() => this.#prepared(sql).all(...values))
  }

  #prepared(sql: string): StatementSync {
    const known = this.#statements.get(sql) ?? this.#db.prepare(sql)
    this.#statements.set(sql, known)
    return known
  }

  #guard<T>(work: () => T): T {
    try {
      return work()
    } catch (error) {
      throw manifestFault(error, this.#path)
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

function toHeldBlock(row: Record<string, SQLOutputValue>): HeldBlock {
  return { blob: Number(row.blob), digest: String(row.digest) as Hex, bytes: Number(row.bytes) }
}
