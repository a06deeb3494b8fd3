// A shard of the data set as a source of bytes: what is asked for comes out of the blob store, which fetches the blocks that it does
// not have. Some blocks are kept in memory, since the store hashes a block anew each time it reads it.

import type { BlobSource } from '@tessera/protocol/blobSource'
import type { BlobRef } from '@tessera/storage/blobRef'
import type { BlobStore } from '@tessera/storage/blobStore'
import { PROFILE } from '@tessera/storage/dagShape'
import type { ByteSource } from '@tessera/training/data/byteSource'

/** Blocks of 1 MiB that a source keeps; samples are asked for in the order in which they lie. */
const KEPT_BLOCKS = 8
/** The blocks of the data set belong to every round: they go last when a disk is short. */
const EVERY_ROUND = Number.MAX_SAFE_INTEGER

export interface ShardSourceOptions {
  readonly store: Pick<BlobStore, 'readRange'>
  readonly ref: BlobRef
  /** Gateways to ask, best first; looked up for each block. */
  readonly sources: () => readonly BlobSource[]
  /** For a block, in milliseconds. */
  readonly deadlineMs: number
}

/** Errors of its reads: those of `BlobStore.readRange`. */
export function shardSource({ store, ref, sources, deadlineMs }: ShardSourceOptions): ByteSource {
  const kept = new Map<number, Promise<Uint8Array>>()
  const blockBytes = PROFILE.leafBytes

  const fetchBlock = (index: number, signal: AbortSignal | undefined): Promise<Uint8Array> => {
    const offset = index * blockBytes
    const range = { offset, length: Math.min(blockBytes, ref.size - offset) }
    const options = { sources: sources(), deadlineMs, maxBytes: ref.size, round: EVERY_ROUND }
    return store.readRange(ref, range, signal === undefined ? options : { ...options, signal })
  }

  /** The least recently used goes first: a map keeps the order in which keys were set. */
  const block = (index: number, signal: AbortSignal | undefined): Promise<Uint8Array> => {
    const found = kept.get(index) ?? fetchBlock(index, signal)
    kept.delete(index)
    kept.set(index, found)
    // Not kept if it fails: the next reader asks again.
    found.catch(() => kept.delete(index))
    const [oldest] = kept.keys()
    if (kept.size > KEPT_BLOCKS && oldest !== undefined) kept.delete(oldest)
    return found
  }

  return {
    size: ref.size,
    read: async (offset, length, signal) => {
      const end = Math.min(ref.size, offset + length)
      const bytes = new Uint8Array(Math.max(0, end - offset))
      for (let at = offset; at < end; ) {
        const index = Math.floor(at / blockBytes)
        const part = (await block(index, signal)).subarray(at - index * blockBytes, end - index * blockBytes)
        bytes.set(part, at - offset)
        at += part.length
      }
      return bytes
    },
    close: async () => kept.clear(),
  }
}
