// Which blobs are to be published where, and how far that has come: a SQLite file that outlives the process. Rows only; what is done
// about them is decided in blobPublisher.ts. One process at a time: the owner of the data folder holds its lock.

import { DatabaseSync, type SQLOutputValue } from 'node:sqlite'
import { TesseraError } from '@tessera/protocol/errors'
import type { Hex } from '@tessera/protocol/hex'
import type { Job, Publication } from './target.ts'

/** `publish`: not there yet. `there`: done. `remove`: its round is over. */
export type Stage = 'publish' | 'there' | 'remove'

export interface BookedJob extends Job {
  readonly id: number
  readonly stage: Stage
}

const SCHEMA = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  CREATE TABLE IF NOT EXISTS job (
    id INTEGER PRIMARY KEY,
    target TEXT NOT NULL,
    digest TEXT NOT NULL, size INTEGER NOT NULL,
    round INTEGER NOT NULL,
    keep INTEGER NOT NULL,
    stage TEXT NOT NULL,
    note TEXT NOT NULL,
    UNIQUE (target, digest, size)
  );
  CREATE TABLE IF NOT EXISTS object (
    cid TEXT PRIMARY KEY,
    round INTEGER NOT NULL,
    keep INTEGER NOT NULL,
    there INTEGER NOT NULL
  ) WITHOUT ROWID;
`

const JOB = 'id, digest, size, round, keep, stage, note'

type Row = Readonly<Record<string, SQLOutputValue>>

export class Book {
  readonly #db: DatabaseSync
  readonly #path: string

  /**
   * Opens or makes the file at `path` (`:memory:`: nothing is kept).
   * @throws `publish/book`
   */
  constructor(path: string) {
    this.#path = path
    this.#db = this.#guard(() => new DatabaseSync(path))
    try {
      this.#guard(() => this.#db.exec(SCHEMA))
    } catch (error) {
      this.#db.close()
      throw error
    }
  }

  /** Books a blob for a target. One that is there stays so; one that is being removed is published anew. */
  add(target: string, { ref, round, keep }: Publication): void {
    const sql = `
      INSERT INTO job (target, digest, size, round, keep, stage, note) VALUES (?, ?, ?, ?, ?, 'publish', '')
      ON CONFLICT DO UPDATE SET round = max(round, excluded.round), keep = max(keep, excluded.keep),
        stage = CASE stage WHEN 'remove' THEN 'publish' ELSE stage END`
    this.#run(sql, target, ref.digest, ref.size, round, Number(keep))
  }

  /** What is to be done for a target: what is wanted next comes first. */
  due(target: string): BookedJob[] {
    const sql = `SELECT ${JOB} FROM job WHERE target = ? AND stage <> 'there'
      ORDER BY stage = 'remove', keep, round DESC, id`
    return this.#all(sql, target).map(toJob)
  }

  find(id: number): BookedJob | undefined {
    return this.#all(`SELECT ${JOB} FROM job WHERE id = ?`, id).map(toJob)[0]
  }

  setStage(id: number, stage: Stage, note: string): void {
    this.#run('UPDATE job SET stage = ?, note = ? WHERE id = ?', stage, note, id)
  }

  forget(id: number): void {
    this.#run('DELETE FROM job WHERE id = ?', id)
  }

  /** Marks what belongs to rounds before this one, and is not kept for good, for removal. */
  expire(beforeRound: number): void {
    this.#run(`UPDATE job SET stage = 'remove' WHERE round < ? AND keep = 0`, beforeRound)
  }

  /** Notes an object before it is sent, so that none can be there that nobody knows of. True when it is there already. */
  beginObject(cid: string, round: number, keep: boolean): boolean {
    const sql = `INSERT INTO object (cid, round, keep, there) VALUES (?, ?, ?, 0)
      ON CONFLICT DO UPDATE SET round = max(round, excluded.round), keep = max(keep, excluded.keep)`
    this.#run(sql, cid, round, Number(keep))
    return this.#all('SELECT there FROM object WHERE cid = ?', cid)[0]?.there === 1
  }

  setObject(cid: string, there: boolean): void {
    this.#run('UPDATE object SET there = ? WHERE cid = ?', Number(there), cid)
  }

  forgetObject(cid: string): void {
    this.#run('DELETE FROM object WHERE cid = ?', cid)
  }

  /** Objects that no round after this one needs. */
  objectsUpTo(round: number): string[] {
    return this.#all('SELECT cid FROM object WHERE round <= ? AND keep = 0', round).map(({ cid }) => String(cid))
  }

  close(): void {
    this.#guard(() => this.#db.close())
  }

  #run(sql: string, ...values: readonly (string | number)[]): void {
    this.#guard(() => this.#db.prepare(sql).run(...values))
  }

  #all(sql: string, ...values: readonly (string | number)[]): Row[] {
    return this.#guard(() => this.#db.prepare(sql).all(...values))
  }

  #guard<T>(work: () => T): T {
    try {
      return work()
    } catch (cause) {
      throw new TesseraError('publish/book', `the list of published blobs at ${this.#path} cannot be used`, {
        hint: 'Check the disk. If the file is damaged, delete it: what was published before is then never removed there',
        context: { path: this.#path },
        cause,
      })
    }
  }
}

function toJob(row: Row): BookedJob {
  return {
    id: Number(row.id),
    ref: { digest: String(row.digest) as Hex, size: Number(row.size) },
    round: Number(row.round),
    keep: row.keep === 1,
    stage: row.stage as Stage,
    note: String(row.note),
  }
}
