// A blob store that publishes: what is put, and what is kept for good, goes to the publisher's targets too. Everything else is the
// store's own. A put is done when it is on this disk; publishing comes after, whatever becomes of it.

import type { BlobRef } from '../blobRef.ts'
import type { BlobStore, BlobUsage, PutOptions, ReadOptions } from '../blobStore.ts'
import type { ByteSource } from '../importer.ts'
import type { CollectOptions, Holding } from '../lifetime.ts'
import type { ByteRange } from '../verifiedFetcher.ts'
import type { BlobPublisher } from './blobPublisher.ts'

export class PublishingStore implements BlobStore, BlobUsage {
  readonly #store: BlobStore & BlobUsage
  readonly #publisher: BlobPublisher

  constructor(store: BlobStore & BlobUsage, publisher: BlobPublisher) {
    this.#store = store
    this.#publisher = publisher
  }

  async put(source: ByteSource, options: PutOptions): Promise<BlobRef> {
    const { round } = options
    const keep = options.keep === 'checkpoint'
    const spread = this.#publisher.spread({ round, keep })
    const onBlock: NonNullable<PutOptions['onBlock']> = (block) => {
      spread.block(block)
      options.onBlock?.(block)
    }
    try {
      const ref = await this.#store.put(source, { ...options, onBlock })
      this.#publisher.add({ ref, round, keep })
      return ref
    } catch (error) {
      spread.stop()
      throw error
    }
  }

  async pin(ref: BlobRef, options: { readonly round: number; readonly keep?: 'checkpoint' }): Promise<void> {
    await this.#store.pin(ref, options)
    // A pin for some rounds says how long this node needs a blob of somebody else's.
    if (options.keep === 'checkpoint') this.#publisher.add({ ref, round: options.round, keep: true })
  }

  /** What was published stays so until its round is collected. */
  unpin(ref: BlobRef): Promise<void> {
    return this.#store.unpin(ref)
  }

  async collect(options: CollectOptions): Promise<{ freedBytes: number; blobs: number }> {
    const collected = await this.#store.collect(options)
    this.#publisher.collect(options.keepFromRound)
    return collected
  }

  read(ref: BlobRef, options: ReadOptions): Promise<Uint8Array> {
    return this.#store.read(ref, options)
  }

  readRange(ref: BlobRef, range: ByteRange, options: ReadOptions): Promise<Uint8Array> {
    return this.#store.readRange(ref, range, options)
  }

  open(ref: BlobRef, options: ReadOptions): Promise<AsyncIterable<Uint8Array>> {
    return this.#store.open(ref, options)
  }

  has(ref: BlobRef): Promise<'full' | 'partial' | 'none'> {
    return this.#store.has(ref)
  }

  get usedBytes(): number {
    return this.#store.usedBytes
  }

  holdings(): readonly Holding[] {
    return this.#store.holdings()
  }

  heldBytes(ref: BlobRef): number {
    return this.#store.heldBytes(ref)
  }

  /** The publisher too: its blocks are this store's. */
  async close(): Promise<void> {
    await this.#publisher.close()
    await this.#store.close()
  }
}
