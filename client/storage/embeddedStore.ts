// The store that needs no daemon: wires block store, importer, fetcher and retention together. It serves nothing itself: gatewayServer.ts
// does, from `blocks`, so whatever has been fetched is served on at once. Over another Backend it is the store of kubo/kuboStore.ts.

import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { TesseraError } from '@tessera/protocol/errors'
import type { Hex } from '@tessera/protocol/hex'
import type { Resolve } from './addressGuard.ts'
import { type BlobRef, parseBlobRef } from './blobRef.ts'
import type { BlobStore, BlobUsage, PutOptions, ReadOptions } from './blobStore.ts'
import type { BlockStore } from './blockStore.ts'
import { decodeBlock } from './dagNode.ts'
import { type DagProfile, type NodeShape, PROFILE, rootShape } from './dagShape.ts'
import { DirectBlocks } from './directBlocks.ts'
import { DiskReserve } from './diskReserve.ts'
import { diskFault, isContentFault, notHere, tooLarge } from './fault.ts'
import { FileBlocks, type Files } from './fileBlocks.ts'
import { type ByteSource, importBlob } from './importer.ts'
import type { CollectOptions, Holding, RoundOrCache } from './lifetime.ts'
import { Manifest } from './manifest.ts'
import { MemoryBlocks } from './memoryBlocks.ts'
import { type Lease, Retention } from './retention.ts'
import { systemTimer, type Timer } from './timer.ts'
import { FETCH_LIMITS, type TransferLimits } from './transfer/limits.ts'
import type { Transport } from './transport.ts'
import { type ByteRange, type FetchOptions, VerifiedFetcher } from './verifiedFetcher.ts'

export interface StoreOptions {
  /** Whose rounds these are, such as a run of a chain. What was kept for another in the same folder is let go of like old rounds. */
  readonly scope?: string
  /** Most bytes of blocks held at a time. */
  readonly quotaBytes: number
  /** Development only: http sources, and addresses of this machine and its network. */
  readonly allowLoopback?: boolean
  readonly limits?: Partial<TransferLimits>
  /** What all fetches together may read; as much as comes if not given. */
  readonly downloadBytesPerSecond?: number | undefined
  readonly timer?: Timer
  /** Tests take a smaller one; addresses then differ from everyone else's. */
  readonly profile?: DagProfile
  /** How names become addresses; the system's resolver by default. */
  readonly resolve?: Resolve
  /** Simulations pass one that needs no network. */
  readonly transport?: Transport
}

export interface FolderOptions {
  readonly dir: string
  /** So that a test can make the disk fail. */
  readonly files?: Files
}

/**
 * The store in folder `dir`, made if missing; finishes what a crash left half done.
 * @throws `storage/in-use`, `storage/manifest`, `storage/no-access`, `storage/disk-full`, `storage/io`
 */
export async function openEmbeddedStore(options: StoreOptions & FolderOptions): Promise<EmbeddedStore> {
  const { dir } = options
  await mkdir(dir, { recursive: true }).catch((error: unknown) => {
    throw diskFault(error, dir)
  })
  // The manifest first: its lock keeps a second process from clearing the first one's half-written blocks.
  const manifest = new Manifest(join(dir, 'manifest.sqlite'), new DiskReserve(join(dir, 'reserve')))
  try {
    if (options.scope !== undefined) manifest.setScope(options.scope)
    return await assembleStore({ manifest, blocks: await FileBlocks.open(join(dir, 'blocks'), options.files), options })
  } catch (error) {
    manifest.close()
    throw error
  }
}

/** A store of the same behaviour that is gone with the process. @testonly */
export function openMemoryStore(options: StoreOptions): Promise<EmbeddedStore> {
  return assembleStore({ manifest: new Manifest(':memory:'), blocks: new MemoryBlocks(), options })
}

/** Where the blocks of one put go. */
export interface Intake {
  /** Each block is there for readers as soon as it is put, not only once all are. */
  readonly isOpen: boolean
  put(digest: Hex, bytes: Uint8Array, codec: number): Promise<void>
  /** All have come, and this is their address. Once it resolves they survive a loss of power. */
  finish(ref: BlobRef, signal: AbortSignal): Promise<void>
  /** In any case, at the end. */
  close(): Promise<void>
}

/** What a place for blocks asks for, if it is not one that simply stores them. */
export interface Backend {
  /** The blocks that a gateway may serve. */
  readonly served: BlockStore
  beginPut(lease: Lease): Promise<Intake>
  /** All blocks of a blob that was fetched are here. */
  secure(ref: BlobRef, lease: Lease, signal: AbortSignal): Promise<void>
  /** So many blobs were let go. */
  collected(blobs: number, signal: AbortSignal): Promise<void>
  close(): void
}

/** Blocks are stored as they come, and that is all. */
function plainBackend(blocks: BlockStore): Backend {
  const nothing = async () => {}
  return {
    served: blocks,
    beginPut: async (lease) => ({ isOpen: true, put: lease.put, finish: nothing, close: nothing }),
    secure: nothing,
    collected: nothing,
    close: () => {},
  }
}

interface StoreMakings {
  readonly manifest: Manifest
  readonly blocks: BlockStore
  readonly backend?: Backend
  readonly options: StoreOptions
}

/** For kubo/kuboStore.ts; see openEmbeddedStore. */
export async function assembleStore({ manifest, blocks, backend, options }: StoreMakings): Promise<EmbeddedStore> {
  const { quotaBytes, allowLoopback = false, profile = PROFILE, timer = systemTimer, resolve } = options
  const retention = await Retention.open({ manifest, blocks, quotaBytes, profile, listsAll: backend === undefined })
  const transport = options.transport ?? new DirectBlocks({ allowLoopback, resolve })
  const limits = { ...FETCH_LIMITS, ...options.limits }
  const { downloadBytesPerSecond } = options
  const fetcher = new VerifiedFetcher({ transport, timer, limits, profile, allowLoopback, downloadBytesPerSecond })
  return new EmbeddedStore({ backend: backend ?? plainBackend(blocks), retention, fetcher, transport, profile })
}

interface StoreParts {
  readonly backend: Backend
  readonly retention: Retention
  readonly fetcher: VerifiedFetcher
  readonly transport: Transport
  readonly profile: DagProfile
}

export class EmbeddedStore implements BlobStore, BlobUsage {
  readonly #parts: StoreParts
  readonly #closing = new AbortController()
  readonly #underWay = new Set<Promise<unknown>>()

  /** See openEmbeddedStore and openMemoryStore. */
  constructor(parts: StoreParts) {
    this.#parts = parts
  }

  /** For the gateway. */
  get blocks(): BlockStore {
    return this.#parts.backend.served
  }

  /** For the gateway, too: which leaves of a blob that is being fetched are here, as bits. */
  underWay(root: Hex): Uint8Array | undefined {
    return this.#parts.fetcher.underWay(root)
  }

  get usedBytes(): number {
    return this.#parts.retention.usedBytes
  }

  holdings(): readonly Holding[] {
    return this.#parts.retention.holdings()
  }

  heldBytes(ref: BlobRef): number {
    return this.#parts.retention.heldBytes(ref)
  }

  put(source: ByteSource, options: PutOptions): Promise<BlobRef> {
    return this.#run(options.signal, async (signal) => {
      const { retention, profile, backend } = this.#parts
      const lease = retention.beginPut(options.round, options.keep === 'checkpoint')
      let intake: Intake | undefined
      try {
        intake = await backend.beginPut(lease)
        const put = announcing(intake, options.onBlock)
        const ref = await importBlob(source, { put, maxBytes: options.maxBytes, profile, signal })
        checkExpected(ref, options.expect)
        await intake.finish(ref, signal)
        lease.complete(ref)
        return ref
      } catch (error) {
        await lease.discard()
        throw error
      } finally {
        lease.release()
        await intake?.close()
      }
    })
  }

  read(ref: BlobRef, options: ReadOptions): Promise<Uint8Array> {
    return this.#run(options.signal, async (signal) => {
      // Not before the first verified leaf: by then the root has shown that the size is not just a number.
      let whole: Uint8Array | undefined
      const onLeaf = (offset: number, bytes: Uint8Array) => {
        whole ??= new Uint8Array(ref.size)
        whole.set(bytes, offset)
      }
      await this.#fetch(ref, { ...options, onLeaf }, signal)
      if (whole === undefined) throw notHere('the blob', { ...ref })
      return whole
    })
  }

  readRange(ref: BlobRef, range: ByteRange, options: ReadOptions): Promise<Uint8Array> {
    return this.#run(options.signal, async (signal) => {
      checkRange(ref, range)
      const bytes = new Uint8Array(range.length)
      const onLeaf = (at: number, leaf: Uint8Array) => {
        const skipped = Math.max(0, range.offset - at)
        bytes.set(leaf.subarray(skipped, range.offset + range.length - at), at + skipped - range.offset)
      }
      await this.#fetch(ref, { ...options, onLeaf, range }, signal)
      return bytes
    })
  }

  async open(ref: BlobRef, options: ReadOptions): Promise<AsyncIterable<Uint8Array>> {
    await this.#run(options.signal, (signal) => this.#fetch(ref, options, signal))
    return this.#leaves(parseBlobRef(ref), options.round)
  }

  has(ref: BlobRef): Promise<'full' | 'partial' | 'none'> {
    return this.#run(undefined, async () => {
      const { digest, size } = parseBlobRef(ref)
      const count = { here: 0, missing: 0 }
      await this.#count(digest, rootShape(size, this.#parts.profile), count)
      if (count.here === 0) return 'none'
      return count.missing === 0 ? 'full' : 'partial'
    })
  }

  pin(ref: BlobRef, options: { readonly round: number; readonly keep?: 'checkpoint' }): Promise<void> {
    return this.#run(undefined, async () => {
      this.#parts.retention.pin(parseBlobRef(ref), options.round, options.keep === 'checkpoint')
    })
  }

  unpin(ref: BlobRef): Promise<void> {
    return this.#run(undefined, async () => this.#parts.retention.unpin(parseBlobRef(ref)))
  }

  collect(options: CollectOptions): Promise<{ freedBytes: number; blobs: number }> {
    return this.#run(undefined, async (signal) => {
      const collected = await this.#parts.retention.collect(options)
      await this.#parts.backend.collected(collected.blobs, signal)
      return collected
    })
  }

  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return
    this.#closing.abort(closed())
    await Promise.allSettled(this.#underWay)
    this.#parts.transport.close()
    this.#parts.retention.close()
    this.#parts.backend.close()
  }

  async #fetch(
    ref: BlobRef,
    options: FetchOptions & { readonly round: RoundOrCache },
    signal: AbortSignal,
  ): Promise<void> {
    const { retention, fetcher, backend } = this.#parts
    const checked = parseBlobRef(ref)
    // Before the quota: whether a reference is refused must not depend on how full this disk is.
    if (checked.size > options.maxBytes) throw tooLarge(checked.size, options.maxBytes)
    const part = options.range !== undefined
    const lease = retention.beginFetch(checked, options.round, part)
    try {
      await fetcher.fetch(checked, lease, { ...options, signal })
      if (!part) {
        await backend.secure(checked, lease, signal)
        lease.complete(checked)
      }
    } catch (error) {
      if (isContentFault(error)) await lease.discard()
      throw error
    } finally {
      lease.release()
    }
  }

  async *#leaves(ref: BlobRef, round: RoundOrCache): AsyncGenerator<Uint8Array> {
    const { retention, profile } = this.#parts
    this.#closing.signal.throwIfAborted()
    const lease = retention.beginFetch(ref, round)
    try {
      yield* this.#below(lease, ref.digest, rootShape(ref.size, profile))
    } finally {
      lease.release()
    }
  }

  async *#below(lease: Lease, digest: Hex, shape: NodeShape): AsyncGenerator<Uint8Array> {
    this.#closing.signal.throwIfAborted()
    const bytes = await lease.get(digest)
    // Collected or damaged since it was fetched. What was streamed so far is right, but not all there is.
    if (bytes === undefined) throw notHere('a block of the blob', { block: digest })
    const children = decodeBlock(bytes, shape, this.#parts.profile)
    if (shape.height === 0) yield bytes
    for (const child of children) yield* this.#below(lease, child.digest, child.shape)
  }

  async #count(digest: Hex, shape: NodeShape, count: { here: number; missing: number }): Promise<void> {
    const { profile } = this.#parts
    const { blocks } = this
    if (shape.height === 0) {
      if ((await blocks.sizeOf(digest)) === shape.size) count.here++
      else count.missing++
      return
    }
    const bytes = await blocks.get(digest)
    if (bytes === undefined) {
      count.missing++
      return
    }
    count.here++
    for (const child of decodeBlock(bytes, shape, profile)) await this.#count(child.digest, child.shape, count)
  }

  /** Every call: refused once closing has begun, ended by it, and waited for by it. */
  async #run<T>(signal: AbortSignal | undefined, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    this.#closing.signal.throwIfAborted()
    const stop = new AbortController()
    const signals = [this.#closing.signal, ...(signal === undefined ? [] : [signal])]
    const end = () => stop.abort(signals.find((one) => one.aborted)?.reason)
    if (signal?.aborted) end()
    for (const one of signals) one.addEventListener('abort', end, { once: true })
    const running = work(stop.signal)
    this.#underWay.add(running)
    try {
      return await running
    } finally {
      this.#underWay.delete(running)
      for (const one of signals) one.removeEventListener('abort', end)
    }
  }
}

function checkRange(ref: BlobRef, { offset, length }: ByteRange): void {
  const whole = Number.isSafeInteger(offset) && Number.isSafeInteger(length) && offset >= 0 && length >= 1
  if (whole && offset + length <= ref.size) return
  throw new TesseraError('storage/bad-range', `${length} bytes from ${offset} are not within ${ref.size} bytes`, {
    hint: 'Ask for at least one byte, within the size of the blob',
    context: { ...ref, offset, length },
  })
}

/** The intake's `put`, telling of each block that can be read from then on. */
function announcing(intake: Intake, onBlock: PutOptions['onBlock']): Intake['put'] {
  if (onBlock === undefined || !intake.isOpen) return intake.put
  return async (digest, bytes, codec) => {
    await intake.put(digest, bytes, codec)
    onBlock({ digest, codec })
  }
}

function checkExpected(ref: BlobRef, expected: BlobRef | undefined): void {
  if (expected === undefined || (ref.digest === expected.digest && ref.size === expected.size)) return
  throw new TesseraError('storage/digest-mismatch', 'the bytes are not the blob that they were said to be', {
    hint: 'Do not trust where these bytes came from',
    context: { expected, actual: ref },
  })
}

function closed(): TesseraError {
  return new TesseraError('storage/closed', 'the store is closed', {
    hint: 'The program is shutting down',
  })
}
