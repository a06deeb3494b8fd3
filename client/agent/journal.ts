// The durable record a process checks before each signature: the first value recorded for a (kind, round) is the only one ever, so a
// process that restarts repeats its first decision instead of making a second. Holds decisions and small notes, not files.
//
// Why not look at the chain instead: after a crash the chain may be shorter than what was sent, and a transaction that vanished can
// come back. What was signed is known only here. Owner of its folder while open (journalLock.ts).

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { TesseraError } from '@tessera/protocol/errors'
import { openJournalFile, rowDigest, translated } from './journalFile.ts'
import { type JournalLock, lockFolder } from './journalLock.ts'

/** The round of values that belong to none: the last block seen, a setting. Never pruned. */
export const NO_ROUND = 2n ** 63n - 1n

export interface JournalOptions {
  /** Created if absent, for the owner only. Must not be on a network file system: its locks and syncs cannot be trusted. */
  readonly folder: string
  /**
   * What the decisions are about, in one string: chain id, genesis hash, contract, run, key. A journal of another scope is refused,
   * since its rounds are other rounds.
   */
  readonly scope: string
}

/** What `record` found or made. */
export interface Recorded {
  /** The one value of this kind and round: the earlier one if there was one. */
  readonly value: string
  readonly existed: boolean
}

const MAX_KIND_CHARACTERS = 64
const MAX_VALUE_CHARACTERS = 1 << 20
const DECISION = 1
const NOTE = 0

interface Row {
  readonly value: string
  readonly decision: number
}

export class Journal {
  readonly #database: DatabaseSync
  readonly #lock: JournalLock
  readonly #path: string
  readonly #select: StatementSync
  readonly #insert: StatementSync
  readonly #replace: StatementSync
  #prunedBefore: bigint
  #open = true

  /**
   * Opens or creates the journal of a folder.
   * @throws journal/locked, journal/corrupt, journal/version, journal/wrong-scope, journal/write-failed
   */
  static open({ folder, scope }: JournalOptions): Journal {
    checkText('scope', scope, MAX_VALUE_CHARACTERS)
    translated(folder, () => mkdirSync(folder, { recursive: true, mode: 0o700 }))
    const lock = lockFolder(folder)
    try {
      const path = join(folder, 'journal.sqlite')
      const { database, prunedBefore } = openJournalFile(path, scope)
      return new Journal(database, prunedBefore, lock, path)
    } catch (error) {
      lock.release()
      throw error
    }
  }

  private constructor(database: DatabaseSync, prunedBefore: bigint, lock: JournalLock, path: string) {
    this.#database = database
    this.#prunedBefore = prunedBefore
    this.#lock = lock
    this.#path = path
    this.#select = database.prepare('SELECT value, decision, digest FROM entry WHERE kind = ? AND round = ?')
    this.#insert = database.prepare('INSERT INTO entry (kind, round, decision, value, digest) VALUES (?, ?, ?, ?, ?)')
    this.#replace = database.prepare(
      'INSERT INTO entry (kind, round, decision, value, digest) VALUES (?, ?, ?, ?, ?) ' +
        'ON CONFLICT (kind, round) DO UPDATE SET value = excluded.value, digest = excluded.digest',
    )
  }

  /**
   * Records the decision of a round, once: on return it is on disk, and every later call gives this value back. Sign only what this
   * returns.
   * @throws journal/pruned when decisions this old were forgotten, so that a second one would not be noticed
   * @throws journal/kind-mixed when `put` has used this kind and round; journal/write-failed; journal/corrupt
   */
  record(kind: string, round: bigint, value: string): Recorded {
    this.#check(kind, round, value)
    return this.#run(() => {
      const row = this.#read(kind, round)
      if (row !== undefined) {
        if (row.decision !== DECISION) throw kindMixed(kind, round)
        return { value: row.value, existed: true }
      }
      if (round < this.#prunedBefore) throw pruned(kind, round)
      // The primary key refuses a second row, should the lock ever fail to keep another process away.
      this.#insert.run(kind, round, DECISION, value, rowDigest(kind, round, value))
      return { value, existed: false }
    })
  }

  /** The value of a kind and round, recorded or put. @throws journal/corrupt */
  get(kind: string, round: bigint): string | undefined {
    this.#check(kind, round, '')
    return this.#run(() => this.#read(kind, round)?.value)
  }

  /**
   * Sets a value that may change: a cursor, a nonce. Durable on return.
   * @throws journal/kind-mixed when it is a decision; journal/write-failed
   */
  put(kind: string, round: bigint, value: string): void {
    this.#check(kind, round, value)
    this.#run(() => {
      if (this.#read(kind, round)?.decision === DECISION) throw kindMixed(kind, round)
      this.#replace.run(kind, round, NOTE, value, rowDigest(kind, round, value))
    })
  }

  /**
   * Forgets everything of rounds before `beforeRound` and refuses to record there from now on. Keep more rounds than the chain can
   * take back. Returns how many values went.
   */
  prune(beforeRound: bigint): number {
    this.#check('prune', beforeRound, '')
    return this.#run(() => {
      const floor = beforeRound > this.#prunedBefore ? beforeRound : this.#prunedBefore
      this.#database.exec('BEGIN IMMEDIATE')
      try {
        this.#database.prepare(`UPDATE meta SET value = ? WHERE name = 'pruned-before'`).run(floor.toString())
        const removal = this.#database.prepare('DELETE FROM entry WHERE round < ? AND round <> ?')
        const { changes } = removal.run(beforeRound, NO_ROUND)
        this.#database.exec('COMMIT')
        this.#prunedBefore = floor
        return Number(changes)
      } catch (error) {
        // On a full disk SQLite has rolled back by itself.
        if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
        throw error
      }
    })
  }

  /** Closes the file and lets another process have the folder. May be called twice. */
  close(): void {
    if (!this.#open) return
    this.#open = false
    try {
      this.#database.close()
    } finally {
      this.#lock.release()
    }
  }

  #run<T>(work: () => T): T {
    if (!this.#open)
      throw new TesseraError('journal/closed', 'the journal is closed', { hint: 'Close it after its last user' })
    return translated(this.#path, work)
  }

  #read(kind: string, round: bigint): Row | undefined {
    const row = this.#select.get(kind, round)
    if (row === undefined) return undefined
    const { value, decision, digest } = row
    // SQLite has no checksum of its own: a flipped bit in a value would be signed.
    if (typeof value !== 'string' || digest !== rowDigest(kind, round, value) || typeof decision !== 'number')
      throw corruptRow(this.#path, kind, round)
    return { value, decision }
  }

  #check(kind: string, round: bigint, value: string): void {
    checkText('kind', kind, MAX_KIND_CHARACTERS)
    if (round < 0n || round > NO_ROUND) throw badArgument('round', `${round} is not from 0 to 2^63 - 1`)
    if (value.length > MAX_VALUE_CHARACTERS)
      throw badArgument('value', `${value.length} characters, at most ${MAX_VALUE_CHARACTERS}`)
    // Neither comes back from a UTF-8 database as it went in.
    if (!value.isWellFormed() || value.includes('\0'))
      throw badArgument('value', 'a lone surrogate or a zero character')
  }
}

function checkText(name: string, text: string, max: number): void {
  if (text === '' || text.length > max) throw badArgument(name, `${text.length} characters, from 1 to ${max}`)
}

function badArgument(name: string, reason: string): TesseraError {
  return new TesseraError('journal/bad-argument', `${name}: ${reason}`, {
    context: { name },
    hint: 'Keep large data in a file and its digest in the journal',
  })
}

function pruned(kind: string, round: bigint): TesseraError {
  return new TesseraError('journal/pruned', `decisions of round ${round} were pruned`, {
    context: { kind, round },
    hint: 'Do not act in so old a round: an earlier decision may exist and is no longer known',
  })
}

function kindMixed(kind: string, round: bigint): TesseraError {
  return new TesseraError('journal/kind-mixed', `${kind} of round ${round} is used both as a decision and as a note`, {
    context: { kind, round },
    hint: 'Use different kinds for record and put',
  })
}

function corruptRow(path: string, kind: string, round: bigint): TesseraError {
  return new TesseraError('journal/corrupt', `${path}: ${kind} of round ${round} does not match its digest`, {
    context: { path, kind, round },
    hint: 'Check the disk; do not delete the journal while its rounds are open, a second decision would be slashed',
  })
}
