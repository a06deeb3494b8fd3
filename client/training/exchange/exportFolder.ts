// Writes a folder that is there whole or not at all: its files go into a hidden folder beside it, which is then renamed. A program
// that is killed meanwhile leaves that hidden folder, `.NAME.PID.partial`, and nothing else.

import { mkdir, open, readdir, rename, rm, rmdir } from 'node:fs/promises'
import { basename, dirname, join, resolve, sep } from 'node:path'
import { TesseraError } from '@tessera/protocol/errors'

export interface FileToWrite {
  readonly name: string
  readonly pieces: Iterable<Uint8Array>
}

export interface FolderOptions {
  /**
   * Replace the folder if it accepts the path below it, with `/`, of everything in it. Absent: a folder that holds anything is left
   * alone.
   */
  readonly replace?: (path: string) => boolean
  /** Called after every piece with the bytes written so far in all files. */
  readonly onBytes?: (bytes: number) => void
  readonly signal?: AbortSignal
}

/**
 * Makes `folder` of `files`, durably. Throws `huggingface/exists` when it may not be replaced, `huggingface/unwritable`, and the
 * signal's reason; in each case what was there before is still there.
 */
export async function writeFolder(
  folder: string,
  files: readonly FileToWrite[],
  options: FolderOptions,
): Promise<void> {
  const { signal } = options
  const target = resolve(folder)
  const stem = join(dirname(target), `.${basename(target)}.${process.pid}`)
  const partial = `${stem}.partial`
  let made = false
  try {
    signal?.throwIfAborted()
    await requireReplaceable(target, options.replace)
    await mkdir(dirname(target), { recursive: true })
    await mkdir(partial)
    made = true
    await writeFiles(partial, files, options)
    await syncFolder(partial)
    // Once more: it took a while, and somebody may have put something there.
    await requireReplaceable(target, options.replace)
    await moveInto(partial, target, `${stem}.replaced`)
    made = false
    await syncFolder(dirname(target))
  } catch (error) {
    if (signal?.aborted) throw signal.reason
    throw error instanceof TesseraError ? error : unwritable(target, error)
  } finally {
    if (made) await rm(partial, { recursive: true, force: true })
  }
}

async function writeFiles(folder: string, files: readonly FileToWrite[], options: FolderOptions): Promise<void> {
  let done = 0
  for (const { name, pieces } of files) {
    const file = await open(join(folder, name), 'wx')
    try {
      for (const piece of pieces) {
        options.signal?.throwIfAborted()
        for (let at = 0; at < piece.length; ) at += (await file.write(piece, at)).bytesWritten
        done += piece.length
        options.onBytes?.(done)
      }
      await file.sync()
    } finally {
      await file.close()
    }
  }
}

async function requireReplaceable(target: string, replace: FolderOptions['replace']): Promise<void> {
  const names = await namesIn(target)
  if (names.length === 0) return
  // What lies directly in it first: a folder of other things may be large.
  const foreign =
    replace === undefined
      ? undefined
      : (names.find((name) => !replace(name)) ?? (await pathsBelow(target)).find((path) => !replace(path)))
  if (replace !== undefined && foreign === undefined) return
  const what = foreign === undefined ? 'holds files already' : `holds ${foreign}, which no export wrote`
  throw new TesseraError('huggingface/exists', `${target} ${what}`, {
    context: { folder: target, files: names.length },
    hint:
      foreign === undefined
        ? 'Name a folder that does not exist yet, or allow to overwrite the export in it.'
        : 'Only a folder that holds nothing but an earlier export is overwritten; name another.',
  })
}

/** Puts `partial` where `target` may be; what was there is moved to `aside` first and put back if the move fails. */
async function moveInto(partial: string, target: string, aside: string): Promise<void> {
  const names = await namesIn(target)
  if (names.length === 0) {
    // Windows does not rename onto a folder, not even an empty one.
    await rmdir(target).catch(ignoreMissing)
    await rename(partial, target)
    return
  }
  await rename(target, aside)
  try {
    await rename(partial, target)
  } catch (error) {
    await rename(aside, target)
    throw error
  }
  await rm(aside, { recursive: true, force: true })
}

/** Names in `folder`; none when there is no such folder. */
async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch((error: unknown) => {
    ignoreMissing(error)
    return []
  })
}

async function pathsBelow(folder: string): Promise<string[]> {
  const paths = await readdir(folder, { recursive: true })
  return paths.map((path) => path.replaceAll(sep, '/'))
}

function ignoreMissing(error: unknown): void {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
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

function unwritable(folder: string, cause: unknown): TesseraError {
  const reason = (cause as NodeJS.ErrnoException).code ?? String(cause)
  return new TesseraError('huggingface/unwritable', `cannot write ${folder}: ${reason}`, {
    context: { folder, reason },
    cause,
    hint: 'Check that the folder above it is writable and that the disk has space.',
  })
}
