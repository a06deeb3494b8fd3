// Reads whole files with a limit: the size is judged before memory is taken. Not for streams, pipes or devices.

import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { TesseraError } from '@tessera/protocol/errors'

// read(2) takes less than 2 GiB at once.
const PIECE_BYTES = 2 ** 30

/**
 * All bytes of a regular file of at most `maxBytes`; the size is checked before memory is taken.
 * @throws file/missing, file/too-large, file/not-a-file, file/read-failed, or the signal's reason
 */
export async function readFileLimited(
  path: string,
  maxBytes: number,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<Uint8Array> {
  let file: FileHandle | undefined
  try {
    options.signal?.throwIfAborted()
    // Without O_NONBLOCK, opening a named pipe would wait for its writer.
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
    const stat = await file.stat()
    // A pipe or device has no size to check, and may never end.
    if (!stat.isFile()) throw notAFile(path)
    if (stat.size > maxBytes) throw tooLarge(path, stat.size, maxBytes)
    return await readExactly(file, stat.size, options.signal)
  } catch (error) {
    throw readError(path, error, options.signal)
  } finally {
    await file?.close()
  }
}

async function readExactly(file: FileHandle, size: number, signal: AbortSignal | undefined): Promise<Uint8Array> {
  const bytes = new Uint8Array(size)
  let at = 0
  while (at < size) {
    signal?.throwIfAborted()
    const { bytesRead } = await file.read(bytes, at, Math.min(PIECE_BYTES, size - at), at)
    // Shortened under us: what there is, is what the file is now.
    if (bytesRead === 0) break
    at += bytesRead
  }
  return bytes.subarray(0, at)
}

function notAFile(path: string): TesseraError {
  return new TesseraError('file/not-a-file', `${path} is not a regular file`, {
    context: { path },
    hint: 'Give the path of a plain file',
  })
}

function tooLarge(path: string, bytes: number, maxBytes: number): TesseraError {
  return new TesseraError('file/too-large', `${path} has ${bytes} bytes, at most ${maxBytes} are read`, {
    context: { path, bytes, maxBytes },
    hint: 'Check that it is the file you mean',
  })
}

function readError(path: string, error: unknown, signal: AbortSignal | undefined): unknown {
  if (error instanceof TesseraError || signal?.aborted) return error
  const { code: reason } = error as NodeJS.ErrnoException
  if (reason === 'ENOENT')
    return new TesseraError('file/missing', `${path} does not exist`, {
      cause: error,
      context: { path },
      hint: 'Check the path',
    })
  return new TesseraError('file/read-failed', `cannot read ${path}: ${reason ?? String(error)}`, {
    cause: error,
    context: { path, reason },
    hint: 'Check its permissions and the disk',
  })
}
