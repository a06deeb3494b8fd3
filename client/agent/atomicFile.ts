// Writes whole files that are either the old or the new one, whatever moment the machine stops at: temporary file, fsync, rename,
// fsync of the folder. For state that can be large (error feedback, optimiser state); not a database. Read them with limitedFile.ts.

import { link, open, readdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { TesseraError } from '@tessera/protocol/errors'

/** What a file is written from; a large one as pieces, so that it need not be joined in memory first. */
export type FileData = string | Uint8Array | Iterable<Uint8Array> | AsyncIterable<Uint8Array>

export interface WriteFileOptions {
  /** Permissions; 0600 unless given: state of an operator is nobody else's. */
  readonly mode?: number
  readonly signal?: AbortSignal | undefined
}

const PRIVATE = 0o600
// read(2) and write(2) take less than 2 GiB at once.
const PIECE_BYTES = 2 ** 30

// Names of temporary files this process is writing now: makes names unique and spares them from the sweep.
const writing = new Set<string>()
let counter = 0

/**
 * Replaces `path` by `data`, durably: after the promise resolves it survives a power cut, and if it rejects the old file is intact.
 * Removes temporary files that dead processes left for this path.
 * @throws file/write-failed, or the signal's reason
 */
export async function writeFileAtomic(path: string, data: FileData, options: WriteFileOptions = {}): Promise<void> {
  await throughTemporary(path, data, options, (temporary) => rename(temporary, path))
}

/**
 * Creates `path` with all of `data`, or nothing; an existing file is never touched.
 * @throws file/exists, file/write-failed, or the signal's reason
 */
export async function createFileExclusive(path: string, data: FileData, options: WriteFileOptions = {}): Promise<void> {
  // A hard link fails when the name is taken, where a rename would replace it.
  await throughTemporary(path, data, options, (temporary) => link(temporary, path))
}

async function throughTemporary(
  path: string,
  data: FileData,
  { mode = PRIVATE, signal }: WriteFileOptions,
  place: (temporary: string) => Promise<void>,
): Promise<void> {
  signal?.throwIfAborted()
  const folder = dirname(path)
  const temporary = join(folder, `${basename(path)}.${process.pid}-${counter++}.tmp`)
  writing.add(temporary)
  try {
    await sweep(path)
    await writeAll(temporary, data, mode, signal)
    await place(temporary)
    await syncFolder(folder)
  } catch (error) {
    throw signal?.aborted ? signal.reason : writeError(path, error)
  } finally {
    await rm(temporary, { force: true })
    writing.delete(temporary)
  }
}

async function writeAll(path: string, data: FileData, mode: number, signal: AbortSignal | undefined): Promise<void> {
  const file = await open(path, 'wx', mode)
  try {
    // `open` subtracts the umask; the mode asked for is the mode given.
    await file.chmod(mode)
    const pieces = typeof data === 'string' ? [Buffer.from(data)] : data instanceof Uint8Array ? [data] : data
    for await (const piece of pieces) {
      for (let at = 0; at < piece.length; ) {
        signal?.throwIfAborted()
        at += (await file.write(piece, at, Math.min(PIECE_BYTES, piece.length - at))).bytesWritten
      }
    }
    signal?.throwIfAborted()
    await file.sync()
  } finally {
    await file.close()
  }
}

async function syncFolder(folder: string): Promise<void> {
  // Windows has no handle on a folder; its file system orders renames by itself.
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Removes what a killed process left behind: these can be as large as the file, one for every crash. */
async function sweep(path: string): Promise<void> {
  const prefix = `${basename(path)}.`
  for (const name of await readdir(dirname(path))) {
    const match = name.startsWith(prefix) ? /^(\d+)-\d+\.tmp$/.exec(name.slice(prefix.length)) : null
    if (match === null) continue
    const leftover = join(dirname(path), name)
    const pid = Number(match[1])
    if (pid === process.pid ? !writing.has(leftover) : !isAlive(pid)) await rm(leftover, { force: true })
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // EPERM: it lives, but is another user's.
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}

function writeError(path: string, error: unknown): TesseraError {
  // From whoever makes the data: it says more than we can.
  if (error instanceof TesseraError) return error
  const { code: reason } = error as NodeJS.ErrnoException
  if (reason === 'EEXIST')
    return new TesseraError('file/exists', `${path} exists already`, {
      cause: error,
      context: { path },
      hint: 'Choose another name; existing files are never overwritten',
    })
  return new TesseraError('file/write-failed', `cannot write ${path}: ${reason ?? String(error)}`, {
    // A full disk: room comes back, and the earlier file is there.
    retryable: reason === 'ENOSPC' || reason === 'EDQUOT',
    cause: error,
    context: { path, reason },
    hint: 'Check that the folder exists, is writable and has space; the earlier file is untouched',
  })
}
