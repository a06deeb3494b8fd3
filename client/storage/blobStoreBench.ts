// @testonly What the tests of every blob store work with: a place to open stores over, authors and sources. The cases are in
// blobStoreKeeping.ts and blobStoreFetching.ts.

import type { Hex } from '@tessera/protocol/hex'
import type { BlobStore } from './blobStore.ts'
import type { BlockStore } from './blockStore.ts'
import { openMemoryStore, type StoreOptions } from './embeddedStore.ts'
import { startGateway } from './gatewayServer.ts'
import { HandTimer } from './handTimer.ts'
import { type Behaviour, startSource, type TestSource } from './hostileSource.ts'

const MIB = 2 ** 20

export interface BlobStoreUnderTest {
  readonly store: BlobStore
  /** Base URL of a gateway that serves what the store holds. */
  readonly url: string
  /** Changes the stored bytes of a block behind the store's back. */
  damage(digest: Hex): Promise<void>
  close(): Promise<void>
}

/** A place that stores are opened over. What one of them leaves behind is there for the next. */
export interface Place {
  open(options: StoreOptions): Promise<BlobStoreUnderTest>
  close(): Promise<void>
}

export type Author = Awaited<ReturnType<Bench['author']>>

export type Case = (bench: Bench) => Promise<void>

/** What a case works with; all that it opens is closed after it. */
export class Bench {
  readonly timer = new HandTimer()
  /** Seed of the bytes of this case. */
  readonly title: string
  readonly #place: Place
  readonly #undo: (() => Promise<unknown>)[] = []

  /** See blobStoreConformance. */
  constructor(place: Place, title: string) {
    this.title = title
    this.#place = place
    this.#undo.push(() => place.close())
  }

  /** A store under test. A second one only after the first is closed. */
  async open(more: Partial<StoreOptions> = {}): Promise<BlobStoreUnderTest> {
    const options = { quotaBytes: 64 * MIB, allowLoopback: true, timer: this.timer, ...more }
    const under = await this.#place.open(options)
    this.#undo.push(() => under.close())
    return under
  }

  /** Another node that has `bytes`, behind a gateway that does what one should. */
  async author(bytes: Uint8Array) {
    const store = await openMemoryStore({ quotaBytes: 64 * MIB })
    this.#undo.push(() => store.close())
    const ref = await store.put(bytes, { round: 1, maxBytes: bytes.length })
    const gateway = await startGateway({ blocks: store.blocks, host: '127.0.0.1', port: 0 })
    this.#undo.push(() => gateway.close())
    return { ref, url: gateway.url, blocks: store.blocks }
  }

  /** A source over an author's blocks that behaves in one way; see hostileSource.ts. */
  async source(behave: Behaviour, author: { readonly blocks: BlockStore }, onStuck?: () => void): Promise<TestSource> {
    const source = await startSource(behave, author.blocks, onStuck)
    this.#undo.push(() => source.close())
    return source
  }

  async close(): Promise<void> {
    for (const undo of this.#undo.reverse()) await undo()
  }
}
