// A block store in memory, for tests and simulations. Same promises as the one on disk, gone with the process.

import type { Hex } from '@tessera/protocol/hex'
import { digestOf } from './blobRef.ts'
import { type BlockStore, checkBlock, type PutBlockOptions, type StoredBlock } from './blockStore.ts'

export class MemoryBlocks implements BlockStore {
  readonly #blocks = new Map<Hex, Uint8Array>()

  async get(digest: Hex): Promise<Uint8Array | undefined> {
    const bytes = this.#blocks.get(digest)
    if (bytes === undefined) return undefined
    // A reader that wrote into the array it was given has damaged the block, as a failing disk would.
    if (digestOf(bytes) === digest) return bytes
    this.#blocks.delete(digest)
    return undefined
  }

  async sizeOf(digest: Hex): Promise<number | undefined> {
    return this.#blocks.get(digest)?.length
  }

  async put(digest: Hex, bytes: Uint8Array, options: PutBlockOptions = {}): Promise<void> {
    checkBlock(digest, bytes, options.verified)
    if ((await this.get(digest)) === undefined) this.#blocks.set(digest, Uint8Array.from(bytes))
  }

  async delete(digest: Hex): Promise<number> {
    const freed = this.#blocks.get(digest)?.length ?? 0
    this.#blocks.delete(digest)
    return freed
  }

  async *list(): AsyncGenerator<StoredBlock> {
    for (const [digest, block] of this.#blocks) yield { digest, bytes: block.length }
  }
}
