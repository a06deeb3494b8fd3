// Reads whole blobs by their references, every block verified, and keeps blocks in memory up to a limit: what a page needs that looks
// at a run. Nothing stays when the page goes; not the store of a node (embeddedStore.ts).

import type { Hex } from '@tessera/protocol/hex'
import type { BlobRef } from './blobRef.ts'
import { PROFILE } from './dagShape.ts'
import { systemTimer, type Timer } from './timer.ts'
import { FETCH_LIMITS, type TransferLimits } from './transfer/limits.ts'
import type { Transport } from './transport.ts'
import { type BlockShelf, type FetchOptions, VerifiedFetcher } from './verifiedFetcher.ts'

export interface BlobReaderOptions {
  readonly transport: Transport
  /** Development only: gateways over plain http. */
  readonly allowLoopback: boolean
  /** Most bytes of blocks kept. */
  readonly shelfBytes: number
  readonly timer?: Timer
  readonly limits?: Partial<TransferLimits>
}

export class BlobReader {
  readonly #fetcher: VerifiedFetcher
  readonly #shelf: Shelf

  constructor({ transport, allowLoopback, shelfBytes, timer = systemTimer, limits }: BlobReaderOptions) {
    const all = { ...FETCH_LIMITS, ...limits }
    this.#fetcher = new VerifiedFetcher({ transport, allowLoopback, timer, limits: all, profile: PROFILE })
    this.#shelf = new Shelf(shelfBytes)
  }

  /** The blob's bytes. Errors: those of `VerifiedFetcher.fetch`. */
  async read(ref: BlobRef, options: FetchOptions): Promise<Uint8Array<ArrayBuffer>> {
    // Not before the first verified leaf: by then the root has shown that the size is not just a number.
    let whole: Uint8Array<ArrayBuffer> | undefined
    const onLeaf = (offset: number, bytes: Uint8Array): void => {
      whole ??= new Uint8Array(ref.size)
      whole.set(bytes, offset)
    }
    await this.#fetcher.fetch(ref, this.#shelf, { ...options, onLeaf })
    return whole ?? new Uint8Array(0)
  }
}

/** The oldest blocks go first. */
class Shelf implements BlockShelf {
  readonly #blocks = new Map<Hex, Uint8Array>()
  readonly #limit: number
  #bytes = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  async get(digest: Hex): Promise<Uint8Array | undefined> {
    return this.#blocks.get(digest)
  }

  async put(digest: Hex, bytes: Uint8Array): Promise<void> {
    if (this.#blocks.has(digest)) return
    this.#blocks.set(digest, Uint8Array.from(bytes))
    this.#bytes += bytes.length
    for (const [oldest, { length }] of this.#blocks) {
      if (this.#bytes <= this.#limit || oldest === digest) return
      this.#blocks.delete(oldest)
      this.#bytes -= length
    }
  }
}
