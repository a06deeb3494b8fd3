// Brings a blob's blocks into a store, from sources that may all be hostile. A block is stored only once its hash is checked, a tree is
// followed only where it has the shape that its size demands, and everything ends by one deadline. Verified blocks stay, so a later call
// resumes. Not a policy for repeated calls: it returns or throws. Which block is asked of whom, and when: transfer/.

import type { BlobSource } from '@tessera/protocol/blobSource'
import { TesseraError } from '@tessera/protocol/errors'
import type { Hex } from '@tessera/protocol/hex'
import { type BlobRef, cidOf, cidOfBlock, parseBlobRef } from './blobRef.ts'
import { type ChildBlock, codecOf, decodeBlock } from './dagNode.ts'
import { type DagProfile, measureNode, type NodeShape, rootShape } from './dagShape.ts'
import { abortFault, throwIfAborted, tooLarge } from './fault.ts'
import { Slots } from './slots.ts'
import { parseSource, type RankedSource, type SourceRules } from './source.ts'
import { type Span, startSpan, type Timer } from './timer.ts'
import { Job, type Want } from './transfer/job.ts'
import type { TransferLimits } from './transfer/limits.ts'
import { Pace } from './transfer/pace.ts'
import { Scheduler } from './transfer/scheduler.ts'
import type { Transport } from './transport.ts'

/** Blocks of one fetch that are looked for on the shelf at a time. */
const SHELF_LANES = 8

/** Where blocks are looked for first and kept afterwards. */
export interface BlockShelf {
  get(digest: Hex): Promise<Uint8Array | undefined>
  /** The hash has been checked. */
  put(digest: Hex, bytes: Uint8Array): Promise<void>
}

/** Bytes `offset` to `offset + length - 1` of a blob. */
export interface ByteRange {
  readonly offset: number
  readonly length: number
}

/** How far a fetch has come, in bytes of the blob that are verified, fetched or found. */
export interface FetchProgress {
  readonly received: number
  readonly total: number
  /** Sources that have sent some of it. */
  readonly sources: number
}

export interface FetchOptions {
  /** The author's first. Those that are no acceptable URL are left out. */
  readonly sources: readonly BlobSource[]
  /** For the whole blob, in milliseconds from the call. */
  readonly deadlineMs: number
  /** A larger reference is refused before a byte is asked for. */
  readonly maxBytes: number
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((progress: FetchProgress) => void) | undefined
  /** Only the blocks that hold these bytes of the blob, and those above them. */
  readonly range?: ByteRange | undefined
  /** Every verified leaf once, in any order. Of use only when the fetch as a whole succeeds. */
  readonly onLeaf?: ((offset: number, bytes: Uint8Array) => void) | undefined
}

export interface FetcherParts extends SourceRules {
  readonly transport: Transport
  readonly timer: Timer
  readonly limits: TransferLimits
  readonly profile: DagProfile
  /** What all fetches together may read; as much as comes if not given. */
  readonly downloadBytesPerSecond?: number | undefined
  /** Orders the blocks of each fetch anew, so that those who fetch the same blob soon have what the others lack. From 0 to 1. */
  readonly random?: (() => number) | undefined
}

export class VerifiedFetcher {
  readonly #parts: FetcherParts
  readonly #scheduler: Scheduler
  readonly #underWay = new Map<Hex, Job>()

  constructor(parts: FetcherParts) {
    this.#parts = parts
    const { transport, timer, limits, downloadBytesPerSecond: rate } = parts
    const download = rate === undefined ? undefined : new Pace(timer, rate)
    this.#scheduler = new Scheduler({ transport, timer, limits, download })
  }

  /** Which leaves of a blob that is being fetched are here; undefined when no whole blob of this root is. */
  underWay(root: Hex): Uint8Array | undefined {
    return this.#underWay.get(root)?.here.toBytes()
  }

  /**
   * Resolves once every block of `ref`, or of the range that is asked for, is on `shelf`.
   * @throws `storage/bad-ref`, `storage/too-large`: nothing was sent; `storage/shape`: digest and size do not fit each other, by proof;
   * `storage/deadline`, `storage/aborted`; `storage/not-found`, `busy`, `digest-mismatch`, `block-too-large`, `timeout`, `redirect`,
   * `bad-response`, `private-address`, `unreachable`, `no-source`: the sources failed, in this one way or in several;
   * and what the shelf throws.
   */
  async fetch(ref: BlobRef, shelf: BlockShelf, options: FetchOptions): Promise<void> {
    const checked = parseBlobRef(ref)
    const { digest, size } = checked
    if (size > options.maxBytes) throw tooLarge(size, options.maxBytes)
    throwIfAborted(options.signal)
    const { timer, profile } = this.#parts
    const span = startSpan(timer, options.deadlineMs, () => deadline(ref, options.deadlineMs), options.signal)
    const job = this.#job(checked, options.sources, span.signal)
    const walk = new Walk(this.#parts, { shelf, options, span, size, job, pump: () => this.#scheduler.pump() })
    const isWhole = options.range === undefined
    this.#scheduler.add(job)
    if (isWhole) this.#underWay.set(digest, job)
    try {
      await walk.follow(digest, rootShape(size, profile), 0)
    } finally {
      if (this.#underWay.get(digest) === job) this.#underWay.delete(digest)
      // Also when all went well: somebody may still be asked what it has.
      span.stop(undefined)
      await this.#scheduler.remove(job)
      span.close()
    }
  }

  #job(ref: BlobRef, given: readonly BlobSource[], signal: AbortSignal): Job {
    const { limits, profile } = this.#parts
    const { sources, refused } = this.#sources(given)
    const leaves = Math.ceil(ref.size / profile.leafBytes)
    const author = sources.find(({ role }) => role === 'author')
    return new Job({
      group: author?.base ?? '',
      rootCid: cidOf(ref, profile).toString(),
      leaves,
      standings: sources.map((source) => this.#scheduler.standing(source, leaves)),
      refused,
      limits,
      signal,
    })
  }

  #sources(given: readonly BlobSource[]): { sources: RankedSource[]; refused: Record<string, string> } {
    const { limits, allowLoopback } = this.#parts
    const sources = new Map<string, RankedSource>()
    const refused: Record<string, string> = {}
    for (const { url, role } of given.slice(0, limits.maxSources)) {
      try {
        const source = parseSource(url, { allowLoopback })
        // The first role that a source is given counts.
        if (!sources.has(source.base)) sources.set(source.base, { ...source, role })
      } catch (error) {
        if (!(error instanceof TesseraError)) throw error
        // Anybody may register a bad URL; it must not keep the blob from coming from the others. The verdict names it.
        refused[String(url).slice(0, 128)] = error.code
      }
    }
    return { sources: [...sources.values()], refused }
  }
}

interface WalkState {
  readonly shelf: BlockShelf
  readonly options: FetchOptions
  readonly span: Span
  readonly size: number
  readonly job: Job
  readonly pump: () => void
}

interface Block {
  readonly bytes: Uint8Array
  readonly children: readonly ChildBlock[]
}

/** One fetch under way. */
class Walk {
  readonly #parts: FetcherParts
  readonly #state: WalkState
  readonly #lanes = new Slots(SHELF_LANES)
  /** Blocks that are being fetched: a blob may hold the same one at many places. */
  readonly #coming = new Map<Hex, Promise<Block>>()
  #received = 0

  constructor(parts: FetcherParts, state: WalkState) {
    this.#parts = parts
    this.#state = state
  }

  /** The block, then everything below it. The first failure ends all the rest, and this returns only once all of it has ended. */
  async follow(digest: Hex, shape: NodeShape, offset: number): Promise<void> {
    const { span } = this.#state
    try {
      const below: (() => Promise<void>)[] = []
      let at = offset
      for (const child of await this.#visit(digest, shape, offset)) {
        const from = at
        if (this.#wants(at, child.shape.size)) below.push(() => this.follow(child.digest, child.shape, from))
        at += child.shape.size
      }
      shuffle(below, this.#parts.random ?? Math.random)
      await Promise.allSettled(below.map((start) => start()))
    } catch (error) {
      span.stop(error)
    }
    span.signal.throwIfAborted()
  }

  #wants(offset: number, size: number): boolean {
    const { range } = this.#state.options
    return range === undefined || (offset < range.offset + range.length && range.offset < offset + size)
  }

  /** Gets and checks one block, from the shelf or from the sources; returns its children. */
  async #visit(digest: Hex, shape: NodeShape, offset: number): Promise<readonly ChildBlock[]> {
    const { span, options, size, job } = this.#state
    const block = (await this.#onShelf(digest, shape)) ?? (await this.#obtain(digest, shape, offset))
    throwIfAborted(span.signal)
    if (shape.height === 0) {
      job.found(this.#leafAt(offset))
      this.#received += block.bytes.length
      options.onLeaf?.(offset, block.bytes)
      options.onProgress?.({ received: this.#received, total: size, sources: job.givers })
    }
    return block.children
  }

  async #onShelf(digest: Hex, shape: NodeShape): Promise<Block | undefined> {
    const { span, shelf } = this.#state
    const leave = await this.#lanes.acquire(1, span.signal)
    try {
      const found = await shelf.get(digest)
      return found === undefined ? undefined : this.#inspect(found, shape)
    } finally {
      leave()
    }
  }

  /** For bytes whose hash is right: they are what the reference asks for, so if their form is wrong, so is the reference. */
  #inspect(bytes: Uint8Array, shape: NodeShape): Block {
    return { bytes, children: decodeBlock(bytes, shape, this.#parts.profile) }
  }

  #obtain(digest: Hex, shape: NodeShape, offset: number): Promise<Block> {
    const coming = this.#coming.get(digest)
    if (coming !== undefined) return coming
    const { span, job, pump, shelf } = this.#state
    const { profile, limits } = this.#parts
    const { promise, resolve, reject } = Promise.withResolvers<Block>()
    const want: Want = {
      digest,
      cid: cidOfBlock(digest, codecOf(shape)).toString(),
      bytes: Math.min(measureNode(shape, profile).blockBytes, limits.bytesInFlight),
      leaf: shape.height === 0 ? this.#leafAt(offset) : undefined,
      carriers: new Map(),
      done: async (bytes) => {
        try {
          const block = this.#inspect(bytes, shape)
          await shelf.put(digest, bytes)
          resolve(block)
        } catch (error) {
          reject(error)
        }
      },
      failed: reject,
    }
    const onAbort = () => reject(abortFault(span.signal))
    span.signal.addEventListener('abort', onAbort, { once: true })
    const ended = promise.finally(() => {
      span.signal.removeEventListener('abort', onAbort)
      this.#coming.delete(digest)
    })
    this.#coming.set(digest, ended)
    if (span.signal.aborted) onAbort()
    else job.want(want)
    pump()
    return ended
  }

  #leafAt(offset: number): number {
    return offset / this.#parts.profile.leafBytes
  }
}

/** Fisher and Yates. */
function shuffle<T>(items: T[], random: () => number): void {
  for (let last = items.length - 1; last > 0; last--) {
    const other = Math.min(last, Math.floor(random() * (last + 1)))
    const item = items[last] as T
    items[last] = items[other] as T
    items[other] = item
  }
}

function deadline(ref: BlobRef, deadlineMs: number): TesseraError {
  return new TesseraError('storage/deadline', `the blob did not arrive within ${deadlineMs} ms`, {
    retryable: true,
    hint: 'Blocks that had arrived are kept: the next call goes on from there',
    context: { ...ref, deadlineMs },
  })
}
