// Blobs of noise for models whose state does not fit this machine's memory: for the transfer alone, which cannot tell them apart.

import { randomFillSync } from 'node:crypto'
import { mkdir, open } from 'node:fs/promises'
import { join } from 'node:path'

const PIECE = 2 ** 24

/** One file a peer in `folder`. */
export async function noiseBlobs(folder: string, bytes: number, count: number, signal: AbortSignal): Promise<string[]> {
  await mkdir(folder, { recursive: true })
  const piece = new Uint8Array(PIECE)
  const paths = Array.from({ length: count }, (_, n) => join(folder, `${n}.blob`))
  for (const path of paths) {
    signal.throwIfAborted()
    const file = await open(path, 'w')
    try {
      for (let left = bytes; left > 0; left -= PIECE)
        await file.write(randomFillSync(piece).subarray(0, Math.min(PIECE, left)))
    } finally {
      await file.close()
    }
  }
  return paths
}
