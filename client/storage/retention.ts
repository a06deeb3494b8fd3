// What stays on disk and for how long: every block belongs to blobs, every blob to a round, all of it under one quota.
// Writes and reads go through a Lease, which books blocks before they are stored. Deleting is: mark, delete blocks, remove the row;
// a start finishes what a crash left half done. Not aware of where blocks come from.

import { TesseraError } from '@tessera/protocol/errors'
import type { Hex } from '@tessera/protocol/hex'
import type { BlobRef } from './blobRef.ts'
import type { BlockStore } from './blockStore.ts'
import { type DagProfile, measureNode, rootShape } from './dagShape.ts'
import { notHere } from './fault.ts'
import type { Manifest } from './manifest.ts'

export interface RetentionOptions {
  readonly manifest: Manifest
  readonly blocks: BlockStore
  /** Most bytes of blocks on disk. */
  readonly quotaBytes: number
  readonly profile: DagProfile
}

/** One blob in use. Nothing of it is deleted until it is released. */
export interface Lease {
  /** Books a block that is stored by other means than `put`. @throws `storage/quota` */
  book(digest: Hex, bytes: number): Promise<void>
  get(digest: Hex): Promise<Uint8Array | undefined>
  /** For bytes that the caller has hashed. @throws `storage/quota` and what a BlockStore throws */
  put(digest: Hex, bytes: Uint8Array): Promise<void>
  /** The blob is whole. For a put this gives it its name. */
  complete(ref: BlobRef): void
  /** The blob is of no use: delete what there is of it, unless someone else uses it too. */
  discard(): Promise<void>
  /** To be called in a `finally`. */
  release(): void
}

export class Retention {
  readonly #manifest: Manifest
  readonly #blocks: BlockStore
  readonly #quota: number
  readonly #profile: DagProfile
  readonly #users = new Map<number, number>()
  readonly #deleting = new Map<Hex, Promise<number>>()
  #drops: Promise<unknown> = Promise.resolve()
  /** Bytes of booked blocks, and bytes that fetches under way still expect. */
  #used = 0
  #expected = 0

  private constructor(options: RetentionOptions) {
    this.#manifest = options.manifest
    this.#blocks = options.blocks
    this.#quota = options.quotaBytes
    this.#profile = options.profile
  }

  /** Finishes interrupted puts and deletions, and removes blocks that belong to no blob. */
  static async open(options: RetentionOptions): Promise<Retention> {
    const retention = new Retention(options)
    retention.#used = options.manifest.blockBytes()
    for (const id of options.manifest.inState('incoming')) await retention.#drop(id)
    for (const id of options.manifest.inState('dropping')) await retention.#drop(id)
    for await (const { digest } of options.blocks.list()) {
      if (options.manifest.holders(digest) === 0) await options.blocks.delete(digest)
    }
    return retention
  }

  /** Bytes of blocks on disk, shared ones counted once. */
  get usedBytes(): number {
    return this.#used
  }

  beginPut(round: number, keep: boolean): Lease {
    const id = this.#manifest.addBlob({ round: checkRound(round), keep, state: 'incoming' })
    return this.#lease(id, 0, { durable: true }, (ref) => {
      const holder = this.#manifest.name(id, ref, round, keep)
      this.#manifest.sync()
      return holder
    })
  }

  /**
   * Starts or resumes a fetch, or a read of what is there.
   * @param part of a fetch that is not of the whole blob: room is then asked for block by block.
   * @throws `storage/quota` when the rest of the blob does not fit
   */
  beginFetch(ref: BlobRef, round: number, part = false): Lease {
    checkRound(round)
    const known = this.#manifest.find(ref)
    const booked = known === undefined ? 0 : sum(this.#manifest.blocksOf(known.id).map((block) => block.bytes))
    const tree = measureNode(rootShape(ref.size, this.#profile), this.#profile).treeBytes
    const missing = part || known?.state === 'full' ? 0 : Math.max(0, tree - booked)
    this.#demand(missing)
    const id = known?.id ?? this.#manifest.addBlob({ ref, round, keep: false, state: 'partial' })
    this.#manifest.extend(id, round, false)
    return this.#lease(id, missing, {}, () => {
      this.#manifest.setState(id, 'full')
      return id
    })
  }

  /** @throws `storage/not-found` when no whole blob of this reference is here */
  pin(ref: BlobRef, round: number, keep: boolean): void {
    const known = this.#manifest.find(ref)
    if (known?.state !== 'full') throw notHere('the blob', { ...ref })
    this.#manifest.extend(known.id, checkRound(round), keep)
    this.#manifest.sync()
  }

  /**
   * Deletes blobs of rounds before `keepFromRound`, then the oldest of the rest until at most `maxBytes` are used.
   * Never one that is kept as a checkpoint or in use.
   */
  async collect(keepFromRound: number, maxBytes: number): Promise<{ freedBytes: number; blobs: number }> {
    let freedBytes = 0
    let blobs = 0
    // Deletions that failed before, of a busy file for instance.
    for (const id of this.#manifest.inState('dropping')) freedBytes += (await this.#drop(id)) ?? 0
    for (const blob of this.#manifest.live()) {
      if (blob.round >= keepFromRound && this.#used <= maxBytes) break
      if (blob.keep || this.#users.has(blob.id)) continue
      const freed = await this.#drop(blob.id)
      if (freed === undefined) continue
      freedBytes += freed
      blobs++
    }
    return { freedBytes, blobs }
  }

  close(): void {
    this.#manifest.close()
  }

  #lease(id: number, missing: number, how: { durable?: boolean }, finish: (ref: BlobRef) => number): Lease {
    let holder = id
    let expected = missing
    let released = false
    this.#expected += expected
    this.#users.set(id, (this.#users.get(id) ?? 0) + 1)
    const hold = async (digest: Hex, bytes: number) => {
      if (this.#book(holder, digest, bytes, expected)) {
        const arrived = Math.min(expected, bytes)
        expected -= arrived
        this.#expected -= arrived
      }
      // A deletion that began before this booking may still be under way. Whoever stores the block has to wait until that is through.
      const deletion = this.#deleting.get(digest)
      await deletion
      return deletion !== undefined
    }
    const release = () => {
      if (released) return
      released = true
      this.#expected -= expected
      const others = (this.#users.get(id) ?? 1) - 1
      if (others > 0) this.#users.set(id, others)
      else this.#users.delete(id)
    }
    return {
      book: async (digest, bytes) => {
        await hold(digest, bytes)
      },
      get: async (digest) => {
        const bytes = await this.#blocks.get(digest)
        if (bytes === undefined) return undefined
        const deleted = await hold(digest, bytes.length)
        if (deleted) await this.#blocks.put(digest, bytes, { ...how, verified: true })
        return bytes
      },
      put: async (digest, bytes) => {
        await hold(digest, bytes.length)
        await this.#blocks.put(digest, bytes, { ...how, verified: true })
      },
      complete: (ref) => {
        holder = finish(ref)
      },
      discard: async () => {
        release()
        if (!this.#users.has(id)) await this.#drop(id)
      },
      release,
    }
  }

  /** Writes down that `blob` holds `digest`; true when it did not before. */
  #book(blob: number, digest: Hex, bytes: number, expected: number): boolean {
    const known = this.#manifest.holders(digest) > 0
    // What this blob was expected to bring is paid for already.
    if (!known) this.#demand(Math.max(0, bytes - expected))
    const added = this.#manifest.addBlock(digest, blob, bytes)
    if (!known) this.#used += bytes
    return added
  }

  #demand(bytes: number): void {
    const wanted = this.#used + this.#expected + bytes
    if (bytes === 0 || wanted <= this.#quota) return
    throw new TesseraError('storage/quota', `${wanted} bytes of blobs, but the quota is ${this.#quota}`, {
      hint: 'Collect old rounds, or raise the quota of the store',
      context: { usedBytes: this.#used, expectedBytes: this.#expected, askedBytes: bytes, quotaBytes: this.#quota },
    })
  }

  /**
   * Deletes a blob and those of its blocks that no other blob holds. Safe to run again after a crash at any point.
   * Undefined when another call has finished the same deletion meanwhile.
   */
  #drop(id: number): Promise<number | undefined> {
    // At once, so that whoever asks for the blob from here on starts a new one.
    this.#manifest.markDropping(id)
    // One after the other, so that there is one deletion of a block at a time for `hold` to wait for.
    const dropped = this.#drops.then(() => this.#deleteBlocks(id))
    this.#drops = dropped.catch(() => {
      // Told to whoever waits for `dropped`; the next drop goes ahead all the same.
    })
    return dropped
  }

  async #deleteBlocks(id: number): Promise<number | undefined> {
    let freed = 0
    for (const { digest, bytes } of this.#manifest.blocksOf(id)) {
      if (this.#manifest.holders(digest) === 1) {
        const deletion = this.#blocks.delete(digest)
        this.#deleting.set(digest, deletion)
        try {
          freed += await deletion
        } finally {
          this.#deleting.delete(digest)
        }
      }
      const removed = this.#manifest.removeBlock(digest, id)
      if (removed && this.#manifest.holders(digest) === 0) this.#used -= bytes
    }
    return this.#manifest.removeBlob(id) ? freed : undefined
  }
}

function checkRound(round: number): number {
  if (Number.isSafeInteger(round) && round >= 0) return round
  throw new TesseraError('storage/bad-round', `${round} is not a round`, {
    hint: 'Rounds are counted from 0 in whole numbers',
    context: { round },
  })
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
