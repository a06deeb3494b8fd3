// One Hardhat at a time: its compile cache is one file in the repository, and two that run at once overwrite each other's. The
// lock falls with its holder, so a killed one leaves nothing behind.

import { mkdir } from 'node:fs/promises'
import type { Clock } from '@tessera/agent/clock'
import { type JournalLock, lockFolder } from '@tessera/agent/journalLock'
import { isTesseraError } from '@tessera/protocol/errors'

const LOOK_MS = 200

/** Waits until nobody else has the folder's lock. Errors: the signal's reason, and those of the file system. */
export async function takeTurn(folder: string, clock: Clock, signal?: AbortSignal): Promise<JournalLock> {
  await mkdir(folder, { recursive: true })
  for (;;) {
    try {
      return lockFolder(folder)
    } catch (error) {
      if (!isTesseraError(error, 'journal/locked')) throw error
    }
    await clock.sleep(LOOK_MS, signal)
  }
}
