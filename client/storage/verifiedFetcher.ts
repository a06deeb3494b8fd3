// Brings a blob's blocks into a store, from sources that may all be hostile. A block is stored only once its hash is checked, a tree is
// followed only where it has the shape that its size demands, and everything ends by one deadline. Verified blocks stay, so a later call
// resumes. Not a policy for repeated calls: it returns or throws.

import type { BlobSource } from '@tessera/protocol/blobSource'
import { TesseraError } from '@tessera/protocol/errors'
import type { Hex } from '@tessera/protocol/hex'
import { type BlobRef, cidOfBlock, digestOf, parseBlobRef } from './blobRef.ts'
import { type ChildBlock, codecOf, decodeBlock } from './dagNode.ts'
import { type DagProfile, MAX_BLOCK_BYTES, type NodeShape, rootShape } from './dagShape.ts'
import { abortFault, throwIfAborted, tooLarge } from './fault.ts'
import { Slots } from './slots.ts'
import { parseSource, type RankedSource, type Source, type SourceRules } from './source.ts'
import { SourcePool } from './sourcePool.ts'
import { type Span, startSpan, type Timer } from './timer.ts'
import type { Transport } from './transport.ts'

export interface FetchLimits {
  /** One block from one source. 5 s for 1 MiB is 1.7 Mbit/s; slower than that is a fault. */
  readonly blockTimeoutMs: number
  /** Attempts for a block, beyond one for each source. */
  readonly triesPerBlock: number
  /** Incidents in a row after which a source is left out of this blob. */
  readonly faultsToBan: number
  /** First wait between two attempts for a block; doubles each time. */
  readonly backoffMs: number
  readonly maxBackoffMs: number
  /** Blocks of one blob fetched at a time. */
  readonly blocksPerBlob: number
  /** Bytes that all fetches together may have under way, each block counted as the longest that a source could send. */
  readonly bytesInFlight: number
  /** Sources looked at; the rest of a longer list is ignored. */
  readonly maxSources: number
}

export const FETCH_LIMITS: FetchLimits = {
  blockTimeoutMs: 5_000,
  triesPerBlock: 5,
  faultsToBan: 3,
  backoffMs: 100,
  maxBackoffMs: 1_000,
  blocksPerBlob: 8,
  bytesInFlight: 64 * 2 ** 20,
  maxSources: 32,
}

/** Where blocks are looked for first and kept afterwards. */
export interface BlockShelf {
  get(digest: Hex): Promise<Uint8Array | undefined>
  put(digest: Hex, bytes: Uint8Array): Promise<void>
}

/** Bytes `offset` to `offset + length - 1` of a blob. */
export interface ByteRange {
  readonly offset: number
  readonly length: number
}

export interface FetchOptions {
  /** The author's first. Those that are no acceptable URL are left out. */
  readonly sources: readonly BlobSource[]
  /** For the whole blob, in milliseconds from the call. */
  readonly deadlineMs: number
  /** A larger reference is refused before a byte is asked for. */
  readonly maxBytes: number
  readonly signal?: AbortSignal | undefined
  /** Bytes of the blob that are verified, fetched or found. */
  readonly onProgress?: ((progress: { received: number; total: number }) => void) | undefined
  /** Only the blocks that hold these bytes of the blob, and those above them. */
  readonly range?: ByteRange | undefined
  /** Every verified leaf once, in any order. Of use only when the fetch as a whole succeeds. */
  readonly onLeaf?: ((offset: number, bytes: Uint8Array) => void) | undefined
}

export interface FetcherParts extends SourceRules {
  readonly transport: Transport
  readonly timer: Timer
  readonly limits: FetchLimits
  readonly profile: DagProfile
}

export class VerifiedFetcher {
  readonly #parts: FetcherParts
  readonly #bytes: Slots

  constructor(parts: FetcherParts) {
    this.#parts = parts
    this.#bytes = new Slots(parts.limits.bytesInFlight)
  }

  /**
   * Resolves once every block of `ref`, or of the range that is asked for, is on `shelf`.
   * @throws `storage/bad-ref`, `storage/too-large`: nothing was sent; `storage/shape`: digest and size do not fit each other, by proof;
   * `storage/deadline`, `storage/aborted`; `storage/not-found`, `digest-mismatch`, `block-too-large`, `timeout`, `redirect`,
   * `bad-response`, `private-address`, `unreachable`, `no-source`: the sources failed, in this one way or in several;
   * and what the shelf throws.
   */
  async fetch(ref: BlobRef, shelf: BlockShelf, options: FetchOptions): Promise<void> {
    const { digest, size } = parseBlobRef(ref)
    if (size > options.maxBytes) throw tooLarge(size, options.maxBytes)
    throwIfAborted(options.signal)
    const { timer, profile, limits } = this.#parts
    const span = startSpan(timer, options.deadlineMs, () => deadline(ref, options.deadlineMs), options.signal)
    const walk = new Walk(this.#parts, this.#bytes, {
      shelf,
      options,
      span,
      size,
      pool: this.#pool(options.sources),
      lanes: new Slots(limits.blocksPerBlob),
    })
    try {
      await walk.follow(digest, rootShape(size, profile), 0)
    } finally {
      span.close()
    }
  }

  #pool(given: readonly BlobSource[]): SourcePool {
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
    return new SourcePool([...sources.values()], limits.faultsToBan, refused)
  }
}

interface WalkState {
  readonly shelf: BlockShelf
  readonly options: FetchOptions
  readonly span: Span
  readonly size: number
  readonly pool: SourcePool
  readonly lanes: Slots
}

interface Block {
  readonly bytes: Uint8Array
  readonly children: readonly ChildBlock[]
}

/** One fetch under way. */
class Walk {
  readonly #parts: FetcherParts
  readonly #bytes: Slots
  readonly #state: WalkState
  #received = 0

  constructor(parts: FetcherParts, bytes: Slots, state: WalkState) {
    this.#parts = parts
    this.#bytes = bytes
    this.#state = state
  }

  /** The block, then everything below it. The first failure ends all the rest, and this returns only once all of it has ended. */
  async follow(digest: Hex, shape: NodeShape, offset: number): Promise<void> {
    const { span } = this.#state
    try {
      const below: Promise<void>[] = []
      let at = offset
      for (const child of await this.#visit(digest, shape, offset)) {
        if (this.#wants(at, child.shape.size)) below.push(this.follow(child.digest, child.shape, at))
        at += child.shape.size
      }
      await Promise.allSettled(below)
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
    const { span, lanes, options, shelf, size } = this.#state
    const leave = await lanes.acquire(1, span.signal)
    try {
      const found = await shelf.get(digest)
      const block = found === undefined ? await this.#obtain(digest, shape) : this.#inspect(found, shape)
      throwIfAborted(span.signal)
      if (shape.height === 0) {
        this.#received += block.bytes.length
        options.onLeaf?.(offset, block.bytes)
        options.onProgress?.({ received: this.#received, total: size })
      }
      return block.children
    } finally {
      leave()
    }
  }

  /** For bytes whose hash is right: they are what the reference asks for, so if their form is wrong, so is the reference. */
  #inspect(bytes: Uint8Array, shape: NodeShape): Block {
    return { bytes, children: decodeBlock(bytes, shape, this.#parts.profile) }
  }

  async #obtain(digest: Hex, shape: NodeShape): Promise<Block> {
    const { shelf, span, pool } = this.#state
    const { limits, timer } = this.#parts
    const tries = limits.triesPerBlock + Math.max(0, pool.size - 1)
    for (let tried = 0; tried < tries && !pool.exhausted; tried++) {
      if (tried > 0) await timer.sleep(Math.min(limits.maxBackoffMs, limits.backoffMs * 2 ** (tried - 1)), span.signal)
      const release = await this.#bytes.acquire(MAX_BLOCK_BYTES, span.signal)
      try {
        const bytes = await this.#attempt(digest, shape)
        if (bytes === undefined) continue
        const block = this.#inspect(bytes, shape)
        await shelf.put(digest, bytes)
        return block
      } finally {
        release()
      }
    }
    throw pool.verdict()
  }

  /** One try at the best source. Undefined when the source failed; throws when the fetch is over. */
  async #attempt(digest: Hex, shape: NodeShape): Promise<Uint8Array | undefined> {
    const { span, pool } = this.#state
    const { transport, timer, limits } = this.#parts
    const attempt = pool.begin()
    // Another block's attempt may have been the last straw since the check above.
    if (attempt === undefined) return undefined
    const { source } = attempt
    const turn = startSpan(timer, limits.blockTimeoutMs, () => timedOut(source, limits.blockTimeoutMs), span.signal)
    try {
      const cid = cidOfBlock(digest, codecOf(shape)).toString()
      const bytes = await transport.fetchBlock({ source, cid, maxBytes: MAX_BLOCK_BYTES, signal: turn.signal })
      const actual = digestOf(bytes)
      if (actual !== digest) throw mismatch(source, digest, actual)
      attempt.good()
      return bytes
    } catch (error) {
      if (span.signal.aborted) {
        attempt.dropped()
        throw abortFault(span.signal)
      }
      if (!(error instanceof TesseraError)) {
        attempt.dropped()
        throw error
      }
      attempt.bad(error)
      return undefined
    } finally {
      turn.close()
    }
  }
}

function deadline(ref: BlobRef, deadlineMs: number): TesseraError {
  return new TesseraError('storage/deadline', `the blob did not arrive within ${deadlineMs} ms`, {
    retryable: true,
    hint: 'Blocks that had arrived are kept: the next call goes on from there',
    context: { ...ref, deadlineMs },
  })
}

function timedOut(source: Source, ms: number): TesseraError {
  return new TesseraError('storage/timeout', `${source.base} took more than ${ms} ms for one block`, {
    retryable: true,
    hint: 'The source is too slow for the time limit of a block',
    context: { source: source.base, ms },
  })
}

function mismatch(source: Source, expected: Hex, actual: Hex): TesseraError {
  return new TesseraError('storage/digest-mismatch', `${source.base} sent other bytes than were asked for`, {
    retryable: true,
    hint: 'The source is broken or hostile; it is not asked again for this blob',
    context: { source: source.base, expected, actual },
  })
}
