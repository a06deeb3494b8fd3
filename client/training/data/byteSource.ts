// Bytes that are read by ranges, so that nobody needs all of them at once: from memory or from a file.

import { open } from 'node:fs/promises'

export interface ByteSource {
  readonly size: number
  /** `length` bytes from `offset`, fewer only where the source ends. */
  read(offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array>
  /** Frees what the source holds. Nothing is read afterwards. */
  close?(): Promise<void>
}

/** `bytes` as a source; ranges are views. */
export function memorySource(bytes: Uint8Array): ByteSource {
  return { size: bytes.length, read: async (offset, length) => bytes.subarray(offset, offset + length) }
}

/** The file at `path`, open until `close`. Fails as `open` of node:fs does. */
export async function openFileSource(path: string): Promise<ByteSource> {
  const handle = await open(path)
  try {
    const { size } = await handle.stat()
    return {
      size,
      read: async (offset, length, signal) => {
        signal?.throwIfAborted()
        const { bytesRead, buffer } = await handle.read(new Uint8Array(length), 0, length, offset)
        return buffer.subarray(0, bytesRead)
      },
      close: () => handle.close(),
    }
  } catch (error) {
    await handle.close()
    throw error
  }
}
