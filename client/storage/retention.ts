// What stays on disk and for how long: every block belongs to blobs, every blob to a round or to the cache, all of it under one quota.
// Writes and reads go through a Lease, which books blocks before they are stored. Deleting is: mark, delete blocks, remove the row;
// a start finishes what a crash left half done. Not aware of where blocks come from, nor of what a round may still be needed for.
// INVARIANT: booked bytes never exceed the quota, and what fetches under way still expect fits as soon as the cache is gone.

import { TesseraError } from '@tessera/protocol/errors'
import type { Hex } from '@tessera/protocol/hex'
import type { BlobRef } from './blobRef.ts'
import type { BlockStore } from './blockStore.ts'
import { type DagProfile, measureNode, rootShape } from './dagShape.ts'
import { notHere } from './fault.ts'
import { CACHED, type CollectOptions, type Holding, type RoundOrCache } from './lifetime.ts'
import type { HeldBlock, Manifest } from './manifest.ts'

export interface RetentionOptions {
  readonly manifest: Manifest
  readonly blocks: BlockStore
  /** Most bytes of blocks on disk. */
  readonly quotaBytes: number
  readonly profile: DagProfile
  /** Whether `blocks` lists every block that it has, as it does unless said otherwise. */
  readonly listsAll?: boolean
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

/** Id of no blob. */
const NONE = 0

/** Blocks of the cache that are looked at together when room is needed. */
const CACHE_PAGE = 64

export class Retention {
  readonly #manifest: Manifest
  readonly #blocks: BlockStore
  readonly #quota: number
  readonly #profile: DagProfile
  readonly #users = new Map<number, number>()
  readonly #deleting = new Map<Hex, Promise<number>>()
  /** How many calls have a block in hand that is booked and may still have to be written. */
  readonly #hands = new Map<Hex, number>()
  #drops: Promise<unknown> = Promise.resolve()
  #evictions: Promise<unknown> = Promise.resolve()
  /** Bytes of booked blocks, and bytes that fetches under way still expect. */
  #used = 0
  #expected = 0

  private constructor(options: RetentionOptions) {
    this.#manifest = options.manifest
    this.#blocks = options.blocks
    this.#quota = options.quotaBytes
    this.#profile = options.profile
  }

  /** Finishes interrupted puts and deletions, removes blocks that belong to no blob, and forgets those that are not there. */
  static async open(options: RetentionOptions): Promise<Retention> {
    const { manifest, blocks } = options
    const retention = new Retention(options)
    for (const id of manifest.inState('incoming')) await retention.#drop(id)
    for (const id of manifest.inState('dropping')) await retention.#drop(id)
    if (options.listsAll ?? true) await manifest.reconcile(blocks.list(), (digest) => blocks.delete(digest))
    else {
      for await (const { digest } of blocks.list()) if (manifest.holders(digest) === 0) await blocks.delete(digest)
    }
    retention.#used = manifest.blockBytes()
    manifest.refillReserve()
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
  beginFetch(ref: BlobRef, round: RoundOrCache, part = false): Lease {
    const last = round === 'cached' ? CACHED : checkRound(round)
    const known = this.#manifest.find(ref)
    const booked = known === undefined ? 0 : sum(this.#manifest.blocksOf(known.id).map((block) => block.bytes))
    const tree = measureNode(rootShape(ref.size, this.#profile), this.#profile).treeBytes
    const missing = part || known?.state === 'full' ? 0 : Math.max(0, tree - booked)
    this.#demand(missing, this.#expected, known?.id ?? NONE)
    const id = known?.id ?? this.#manifest.addBlob({ ref, round: last, keep: false, state: 'partial' })
    this.#manifest.extend(id, last, false)
    return this.#lease(id, missing, { touch: last === CACHED }, () => {
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

  /** Makes a blob that was kept for good an ordinary one of its round. One that is not here is none. */
  unpin(ref: BlobRef): void {
    const known = this.#manifest.find(ref)
    if (known !== undefined) this.#manifest.unkeep(known.id)
  }

  /** What takes how much, in no order. */
  holdings(): Holding[] {
    return this.#manifest.holdings()
  }

  /** Bytes of the blocks of this blob that are here. */
  heldBytes(ref: BlobRef): number {
    const known = this.#manifest.find(ref)
    return known === undefined ? 0 : sum(this.#manifest.blocksOf(known.id).map((block) => block.bytes))
  }

  /**
   * Deletes blobs of rounds before `keepFromRound`; then, until at most `maxBytes` are used, what was not used for longest of the cache
   * and of rounds before `protectedFromRound`. Never a blob that is kept for good, nor one of a round in use.
   */
  async collect(options: CollectOptions): Promise<{ freedBytes: number; blobs: number }> {
    const { keepFromRound, protectedFromRound = Number.MAX_SAFE_INTEGER, maxBytes } = options
    const total = { freedBytes: 0, blobs: 0 }
    const drop = async (id: number, beforeRound: number) => {
      // Asked for by someone since it was listed?
      const blob = this.#manifest.blob(id)
      if (blob === undefined || blob.keep || blob.round >= beforeRound || this.#users.has(id)) return
      const freed = await this.#drop(id)
      if (freed === undefined) return
      total.freedBytes += freed
      total.blobs++
    }
    // Deletions that failed before, of a busy file for instance.
    for (const id of this.#manifest.inState('dropping')) total.freedBytes += (await this.#drop(id)) ?? 0
    for (const id of this.#manifest.ofRoundsBefore(keepFromRound)) await drop(id, keepFromRound)
    if (this.#used > maxBytes) {
      for (const { blob, cached } of this.#manifest.spare(protectedFromRound)) {
        if (this.#used <= maxBytes) break
        if (cached === undefined) await drop(blob, protectedFromRound)
        else if (!this.#hands.has(cached.digest))
          total.freedBytes += (await this.#drop(this.#manifest.bury([cached]))) ?? 0
      }
    }
    this.#manifest.refillReserve()
    return total
  }

  close(): void {
    this.#manifest.close()
  }

  #lease(
    id: number,
    missing: number,
    how: { readonly durable?: boolean; readonly touch?: boolean },
    finish: (ref: BlobRef) => number,
  ): Lease {
    let holder = id
    let expected = missing
    let released = false
    const underWay = new Set<Promise<unknown>>()
    this.#expected += expected
    this.#users.set(id, (this.#users.get(id) ?? 0) + 1)
    /** Books the block, then has it stored. `store` is told whether what was there before may be gone. */
    const hold = async (digest: Hex, bytes: number, store?: (isGone: boolean) => Promise<void>) => {
      const waited = await this.#makeRoom(digest, bytes, () => expected)
      if (this.#book(holder, digest, bytes, expected)) {
        const arrived = Math.min(expected, bytes)
        expected -= arrived
        this.#expected -= arrived
      } else if (how.touch) this.#manifest.touch(digest, holder)
      // At once, or the booking might be evicted before its file is there.
      await this.#inHand(digest, async () => {
        // A deletion that began before this booking may still be under way. Whoever stores the block has to wait until that is through.
        const deletion = this.#deleting.get(digest)
        await deletion
        await store?.(waited || deletion !== undefined)
      })
    }
    const release = () => {
      if (released) return
      released = true
      this.#expected -= expected
      const others = (this.#users.get(id) ?? 1) - 1
      if (others > 0) this.#users.set(id, others)
      else this.#users.delete(id)
    }
    /** Nothing may be booked for a blob that is on its way out. */
    const whileHeld = async <T>(work: () => Promise<T>): Promise<T> => {
      if (released) throw letGo()
      const running = work()
      underWay.add(running)
      try {
        return await running
      } finally {
        underWay.delete(running)
      }
    }
    const get = async (digest: Hex) => {
      const bytes = await this.#blocks.get(digest)
      if (bytes === undefined) return undefined
      await hold(digest, bytes.length, async (isGone) => {
        if (isGone) await this.#write(holder, digest, bytes, how)
      })
      return bytes
    }
    return {
      book: (digest, bytes) => whileHeld(() => hold(digest, bytes)),
      get: (digest) => whileHeld(() => get(digest)),
      put: (digest, bytes) =>
        whileHeld(() => hold(digest, bytes.length, () => this.#write(holder, digest, bytes, how))),
      complete: (ref) => {
        holder = finish(ref)
      },
      discard: async () => {
        release()
        await Promise.allSettled(underWay)
        if (this.#users.has(id)) return
        await this.#drop(id)
        this.#manifest.refillReserve()
      },
      release,
    }
  }

  async #inHand(digest: Hex, work: () => Promise<void>): Promise<void> {
    this.#hands.set(digest, (this.#hands.get(digest) ?? 0) + 1)
    try {
      await work()
    } finally {
      const others = (this.#hands.get(digest) ?? 1) - 1
      if (others > 0) this.#hands.set(digest, others)
      else this.#hands.delete(digest)
    }
  }

  /** Stores a block that is booked; the booking is undone when that fails. */
  async #write(blob: number, digest: Hex, bytes: Uint8Array, how: { readonly durable?: boolean }): Promise<void> {
    try {
      await this.#blocks.put(digest, bytes, { ...how, verified: true })
    } catch (error) {
      await this.#unbook(blob, digest, bytes.length).catch(() => {
        // The first error says what is wrong. A row too many costs room until the blob goes, or is fetched after all.
      })
      throw error
    }
  }

  async #unbook(blob: number, digest: Hex, bytes: number): Promise<void> {
    const isHere = (await this.#blocks.sizeOf(digest)) !== undefined
    // Whoever else is writing it may have succeeded since, or will: a row must not go from under a file.
    if (isHere || this.#hands.get(digest) !== 1) return
    if (this.#manifest.removeBlock(digest, blob) && this.#manifest.holders(digest) === 0) this.#used -= bytes
  }

  /** Writes down that `blob` holds `digest`; true when it did not before. */
  #book(blob: number, digest: Hex, bytes: number, expected: number): boolean {
    const known = this.#manifest.holders(digest) > 0
    if (!known) this.#demand(bytes, this.#expected - Math.min(expected, bytes))
    const added = this.#manifest.addBlock(digest, blob, bytes)
    if (!known) this.#used += bytes
    return added
  }

  /** Lets as much of the cache go as a new block needs; whether that suffices is seen when it is booked. False: nothing was to be done. */
  async #makeRoom(digest: Hex, bytes: number, expected: () => number): Promise<boolean> {
    const lacking = () => {
      if (this.#manifest.holders(digest) > 0) return 0
      return this.#used + this.#expected - Math.min(expected(), bytes) + bytes - this.#quota
    }
    if (lacking() <= 0) return false
    // One after the other: each would else make the same room.
    const turn = this.#evictions.then(async () => {
      for (let missing = lacking(); missing > 0; missing = lacking()) {
        const chosen: HeldBlock[] = []
        for (const block of this.#manifest.cached(CACHE_PAGE)) {
          if (missing <= 0) break
          if (this.#hands.has(block.digest)) continue
          chosen.push(block)
          missing -= block.bytes
        }
        if (chosen.length === 0) return
        await this.#drop(this.#manifest.bury(chosen))
      }
    })
    this.#evictions = turn.catch(() => {
      // Told to whoever waits for `turn`.
    })
    await turn
    return true
  }

  /**
   * @param expected what else is promised to others
   * @param blob of which nothing may go to make the room
   */
  #demand(bytes: number, expected: number, blob?: number): void {
    const wanted = this.#used + expected + bytes
    if (bytes === 0 || wanted <= this.#quota) return
    // Before a fetch: what is cached may go for it. When a block is booked it has gone already.
    if (blob !== undefined && wanted - this.#manifest.cachedBytes(blob) <= this.#quota) return
    throw new TesseraError('storage/quota', `${wanted} bytes of blobs, but the quota is ${this.#quota}`, {
      // Rounds pass, and are collected.
      retryable: true,
      hint: `Raise the quota of the store to at least ${wanted} bytes, or keep fewer rounds`,
      context: { usedBytes: this.#used, expectedBytes: expected, askedBytes: bytes, quotaBytes: this.#quota },
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

function letGo(): TesseraError {
  return new TesseraError('storage/closed', 'the blob has been let go of', {
    hint: 'Nothing can be added to it; begin anew',
  })
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
