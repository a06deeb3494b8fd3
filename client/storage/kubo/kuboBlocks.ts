// The blocks of a store in a Kubo daemon that others may use too. What is the store's own is what its manifest has booked: only that is
// counted, listed and served on. Blocks are never deleted one by one: what nothing pins any more goes with the daemon's garbage collection.

import { TesseraError } from '@tessera/protocol/errors'
import type { Hex } from '@tessera/protocol/hex'
import { type BlobRef, digestOf } from '../blobRef.ts'
import { type BlockStore, checkBlock, type PutBlockOptions, type StoredBlock } from '../blockStore.ts'
import type { DagProfile } from '../dagShape.ts'
import { type Holder, holderCid, holderDigest, holderOf } from './holder.ts'
import type { KuboRpc } from './kuboRpc.ts'

/** Bytes of a block that the store has booked, undefined for all others. */
export type Booked = (digest: Hex) => number | undefined

export interface KuboBlocksOptions {
  readonly rpc: KuboRpc
  readonly booked: Booked
  /** Names the store among those of the daemon, for good. */
  readonly store: string
  readonly profile: DagProfile
}

export class KuboBlocks implements BlockStore {
  readonly #options: KuboBlocksOptions
  /** Holders that are pinned. */
  readonly #pinned: Set<Hex>

  private constructor(options: KuboBlocksOptions, pinned: Set<Hex>) {
    this.#options = options
    this.#pinned = pinned
  }

  /** Asks the daemon what it has pinned for this store. */
  static async open(options: KuboBlocksOptions): Promise<KuboBlocks> {
    const pinned = new Set<Hex>()
    for (const cid of await options.rpc.pinned(pinName(options.store))) {
      const digest = holderDigest(cid)
      if (digest !== undefined) pinned.add(digest)
    }
    return new KuboBlocks(options, pinned)
  }

  /** Any block that the daemon has: what another of its users has fetched need not be fetched again. */
  async get(digest: Hex): Promise<Uint8Array | undefined> {
    const bytes = await this.#options.rpc.get(digest)
    if (bytes === undefined || digestOf(bytes) === digest) return bytes
    // Damaged on the daemon's disk. It would take no other bytes for a block that it thinks it has.
    await this.#options.rpc.removeDamaged(digest)
    return undefined
  }

  async sizeOf(digest: Hex): Promise<number | undefined> {
    return this.#options.booked(digest) === undefined ? undefined : await this.#options.rpc.sizeOf(digest)
  }

  /** Once this resolves the daemon has it, as durably as its datastore is set up for. */
  async put(digest: Hex, bytes: Uint8Array, { verified }: PutBlockOptions = {}): Promise<void> {
    checkBlock(digest, bytes, verified)
    await this.#options.rpc.put(digest, bytes)
  }

  /** Gives a block up. If it is what holds a blob, nothing of that blob is pinned by this store any more. */
  async delete(digest: Hex): Promise<number> {
    if (this.#pinned.has(digest)) {
      await this.#options.rpc.unpin(holderCid(digest))
      this.#pinned.delete(digest)
    }
    return this.#options.booked(digest) ?? 0
  }

  /** What holds the blobs of this store. A blob that its manifest has lost is given up by deleting that. */
  async *list(): AsyncGenerator<StoredBlock> {
    for (const digest of this.#pinned) yield { digest, bytes: this.#options.booked(digest) ?? 0 }
  }

  holderOf(ref: BlobRef): Holder {
    return holderOf(ref, this.#options.store, this.#options.profile)
  }

  /**
   * Pins a blob and the holder above it, all of which the daemon has been given.
   * @throws `kubo/incomplete` when its garbage collection took some of it meanwhile
   */
  async pin(holder: Holder, ref: BlobRef, signal: AbortSignal): Promise<void> {
    if (this.#pinned.has(holder.digest)) return
    const { rpc, store } = this.#options
    if (!(await rpc.pin(holder.cid, pinName(store), ref.size, signal)))
      throw new TesseraError('kubo/incomplete', 'the Kubo daemon no longer has all blocks of the blob', {
        retryable: true,
        hint: 'Its garbage collection ran before they were pinned; the next call brings what is missing',
        context: { ...ref },
      })
    this.#pinned.add(holder.digest)
  }

  /** Only what is the store's own, for gateways: a daemon may hold what its owner does not mean to publish here. */
  own(): BlockStore {
    const { booked } = this.#options
    return {
      get: async (digest) => (booked(digest) === undefined ? undefined : await this.get(digest)),
      sizeOf: (digest) => this.sizeOf(digest),
      put: (digest, bytes, options) => this.put(digest, bytes, options),
      delete: (digest) => this.delete(digest),
      list: () => this.list(),
    }
  }
}

/** As `ipfs pin ls --names` shows it. */
function pinName(store: string): string {
  return `tessera-${store}`
}
