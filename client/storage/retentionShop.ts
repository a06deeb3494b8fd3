// @testonly A retention over blocks in memory, and blobs written as letters.

import type { Hex } from '@tessera/protocol/hex'
import type { BlobRef } from './blobRef.ts'
import type { BlockStore } from './blockStore.ts'
import { importBlob } from './importer.ts'
import { Manifest } from './manifest.ts'
import { MemoryBlocks } from './memoryBlocks.ts'
import { Retention } from './retention.ts'

// Leaves of 4 bytes: a blob is written as a string of letters, each letter a leaf, so that blobs can share blocks at will.
export const profile = { leafBytes: 4, maxLinks: 3 }
export const content = (letters: string) => Buffer.from([...letters].map((letter) => letter.repeat(4)).join(''))

export interface Shop {
  readonly blocks: MemoryBlocks
  readonly manifest: Manifest
  readonly retention: Retention
  put(letters: string, round: number, keep?: boolean): Promise<BlobRef>
  /** Letters whose leaf is stored. */
  leaves(): Promise<string>
  blockBytes(): Promise<number>
}

export async function openShop(
  options: {
    quotaBytes?: number
    blocks?: MemoryBlocks
    path?: string
    wrap?: (blocks: BlockStore) => BlockStore
  } = {},
): Promise<Shop> {
  const { quotaBytes = 1e9, blocks = new MemoryBlocks(), path = ':memory:', wrap = (same) => same } = options
  const manifest = new Manifest(path)
  const retention = await Retention.open({ manifest, blocks: wrap(blocks), quotaBytes, profile })
  return {
    blocks,
    manifest,
    retention,
    put: async (letters, round, keep = false) => {
      const lease = retention.beginPut(round, keep)
      try {
        const put = (digest: Hex, bytes: Uint8Array) => lease.put(digest, bytes)
        const ref = await importBlob(content(letters), { put, maxBytes: 1e6, profile })
        lease.complete(ref)
        return ref
      } catch (error) {
        await lease.discard()
        throw error
      } finally {
        lease.release()
      }
    },
    leaves: async () => {
      const letters: string[] = []
      for await (const { digest, bytes } of blocks.list()) {
        const block = bytes === 4 ? await blocks.get(digest) : undefined
        if (block !== undefined) letters.push(String.fromCharCode(...block.subarray(0, 1)))
      }
      return letters.sort().join('')
    },
    blockBytes: async () => (await Array.fromAsync(blocks.list())).reduce((total, { bytes }) => total + bytes, 0),
  }
}
