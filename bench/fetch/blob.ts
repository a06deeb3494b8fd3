// The blobs that are fetched: files of pseudo-random bytes, the same on every machine, synced to disk.

import { createCipheriv, createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import type { Blob } from './side.ts'

const PIECE = Buffer.alloc(2 ** 20)

/** `bytes` bytes of the ChaCha20 key stream of `seed`, as a file at `path`. */
export async function writeBlob(path: string, bytes: number, seed: string): Promise<Blob> {
  const stream = createCipheriv('chacha20', createHash('sha256').update(seed).digest(), Buffer.alloc(16))
  const file = await open(path, 'w')
  try {
    for (let left = bytes; left > 0; left -= PIECE.length)
      await file.write(stream.update(PIECE.subarray(0, Math.min(left, PIECE.length))))
    await file.sync()
  } finally {
    await file.close()
  }
  return { path, bytes }
}
