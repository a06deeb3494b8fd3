// One process per journal folder. The lock is SQLite's own exclusive lock on an empty database beside the journal: the kernel drops it
// when its holder dies, also by SIGKILL, so there is nothing stale to clean up. A separate file, so that the journal itself can still
// be read by a diagnosis while its owner runs.

import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { TesseraError } from '@tessera/protocol/errors'
import { isBusy, translated } from './journalFile.ts'

export interface JournalLock {
  release(): void
}

/** Takes the folder's lock without waiting. @throws journal/locked when another process, or this one, has it */
export function lockFolder(folder: string): JournalLock {
  const path = join(folder, 'journal.lock')
  return translated(path, () => {
    const database = new DatabaseSync(path, { timeout: 0 })
    try {
      database.exec('BEGIN EXCLUSIVE')
    } catch (error) {
      database.close()
      throw isBusy(error) ? locked(folder) : error
    }
    // Closing ends the transaction, which has written nothing.
    return { release: () => database.close() }
  })
}

function locked(folder: string): TesseraError {
  return new TesseraError('journal/locked', `another process uses ${folder}`, {
    context: { folder },
    hint: 'Stop the other process, or give this one a data folder of its own',
  })
}
