// What can go wrong with the manifest's SQLite file, as coded errors. The file itself: manifest.ts.

import { accessSync, constants } from 'node:fs'
import { TesseraError } from '@tessera/protocol/errors'
import { diskFull, noAccess } from './fault.ts'

// SQLite's primary result codes, the low byte of `errcode`.
const SQLITE_BUSY = 5
const SQLITE_LOCKED = 6
const SQLITE_READONLY = 8
const SQLITE_IOERR = 10
const SQLITE_FULL = 13

/** `storage/in-use`, `disk-full`, `no-access`, `io`, or `storage/manifest` for all else. */
export function manifestFault(error: unknown, path: string): TesseraError {
  if (error instanceof TesseraError) return error
  const errcode =
    typeof error === 'object' && error !== null && 'errcode' in error ? Number(error.errcode) & 0xff : undefined
  const options = { context: { path, errcode }, cause: error }
  if (errcode === SQLITE_BUSY || errcode === SQLITE_LOCKED)
    return new TesseraError('storage/in-use', `another process uses the store at ${path}`, {
      hint: 'Stop the other process, or give this one a data folder of its own',
      ...options,
    })
  if (errcode === SQLITE_FULL) return diskFull(path, options)
  // SQLite opens a file that cannot be written to for reading, and then fails at whatever it does first.
  if (errcode === SQLITE_READONLY || (errcode === SQLITE_IOERR && !isWritable(path))) return noAccess(path, options)
  if (errcode === SQLITE_IOERR)
    return new TesseraError('storage/io', `file operation failed on ${path}`, {
      hint: 'Check the disk and the data folder',
      ...options,
    })
  return new TesseraError('storage/manifest', `the list of stored blobs at ${path} cannot be used`, {
    hint: 'If the file is damaged, delete it: the store then starts empty and fetches blobs again',
    ...options,
  })
}

export function newerManifest(path: string, layout: number, known: number): TesseraError {
  return new TesseraError('storage/manifest', `the list of stored blobs at ${path} was written by a later version`, {
    hint: 'Use the version that wrote it, or delete it: the store then starts empty and fetches blobs again',
    context: { path, layout, known },
  })
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK)
    return true
  } catch {
    return false
  }
}
