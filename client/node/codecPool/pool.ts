// Compression and aggregation on all cores. Chunks depend on nothing but themselves, so workers take pieces of some hundred of them
// until none is left, on memory that all share; the result is that of one thread, byte for byte. Small models are done on the spot:
// starting and telling threads would take longer.

import { availableParallelism } from 'node:os'
import { type AggregationParams, aggregate, checkAggregationParams } from '@tessera/protocol/aggregate'
import {
  type Compressed,
  type CompressRequest,
  checkUpdate,
  compressUpdate,
  type EncodedChunks,
  joinChunks,
} from '@tessera/protocol/compress'
import {
  type CodecContext,
  type Contribution,
  decodeContribution,
  openContribution,
} from '@tessera/protocol/contribution'
import { checkCodec } from '@tessera/protocol/contributionHeader'
import type { StateLayout } from '@tessera/protocol/layout'
import { pieceSize, STOP, type Task, type Work } from './messages.ts'
import { type OnPiece, Thread } from './thread.ts'

/** Models of fewer parameters are done by the caller's thread. */
const SMALL = 2 ** 20
/** More would wait for memory rather than work. */
const MOST_WORKERS = 16

export interface CodecPoolOptions {
  /** Threads; one for each core, 16 at most, if not given. */
  readonly workers?: number
  /** Parameters from which on they are used; 2^20 if not given. */
  readonly smallModel?: number
  /** What a worker runs; @testonly another one that fails. */
  readonly script?: URL
}

export interface PoolCall {
  readonly signal?: AbortSignal
  /** Chunks done so far, of all. */
  readonly onProgress?: (done: number, total: number) => void
}

export interface AggregateRequest {
  readonly state: Int32Array
  readonly contributions: readonly Contribution[]
  readonly layout: StateLayout
  readonly params: AggregationParams
  /** Shared memory of as many entries, for the result: new memory costs half as much again. Else it is not looked at. */
  readonly into?: Int32Array | undefined
}

export class CodecPool {
  readonly #workers: number
  readonly #smallModel: number
  readonly #script: URL
  #threads: Thread[] = []
  #tasks = 0

  constructor(options: CodecPoolOptions = {}) {
    this.#workers = options.workers ?? Math.min(availableParallelism(), MOST_WORKERS)
    this.#smallModel = options.smallModel ?? SMALL
    this.#script = options.script ?? new URL('./worker.ts', import.meta.url)
  }

  /**
   * As compressUpdate: `update` becomes what is left, and must not be used when the call failed or was
   * aborted. In shared memory it is not copied.
   * @throws what compressUpdate throws, the signal's reason, `codec/worker-failed`
   */
  async compress(request: CompressRequest, call: PoolCall = {}): Promise<Compressed> {
    call.signal?.throwIfAborted()
    const { update, delta, layout, codec } = request
    if (layout.parameters < this.#smallModel) return compressUpdate(request)
    checkUpdate(request)
    checkCodec(codec)
    const shared = inSharedMemory(update)
    const sharedDelta = delta && { ...delta, values: inSharedMemory(delta.values) }
    const pieces: EncodedChunks[] = []
    await this.#run(layout, { kind: 'compress', update: shared, delta: sharedDelta, codec }, call, (piece, encoded) => {
      if (encoded !== undefined) pieces[piece] = encoded
    })
    if (shared !== update) update.set(shared)
    return joinChunks(request, pieces)
  }

  /**
   * As aggregate.
   * @throws what aggregate throws, the signal's reason, `codec/worker-failed`
   */
  async aggregate(request: AggregateRequest, call: PoolCall = {}): Promise<Int32Array> {
    call.signal?.throwIfAborted()
    const { state, contributions, layout, params, into } = request
    checkAggregationParams(params)
    if (layout.parameters < this.#smallModel || contributions.length === 0)
      return aggregate(state, contributions, layout, params)
    const before = inSharedMemory(state)
    const next = isSpare(into, state) ? into : new Int32Array(new SharedArrayBuffer(state.byteLength))
    const work: Work = { kind: 'aggregate', before, next, contributions: contributions.map(sharedContribution), params }
    await this.#run(layout, work, call, () => undefined)
    return next
  }

  /**
   * As decodeContribution, but the blob is copied to memory that the threads share.
   * @throws what decodeContribution throws, the signal's reason, `codec/worker-failed`
   */
  async decode(blob: Uint8Array, context: CodecContext, call: PoolCall = {}): Promise<Contribution> {
    call.signal?.throwIfAborted()
    const { layout } = context
    if (layout.parameters < this.#smallModel) return decodeContribution(blob, context)
    const contribution = sharedContribution(openContribution(blob, context))
    await this.#run(layout, { kind: 'check', contribution }, call, () => undefined)
    return contribution
  }

  /** Ends the threads. A call under way fails. */
  async close(): Promise<void> {
    const threads = this.#threads
    this.#threads = []
    await Promise.all(threads.map((thread) => thread.terminate()))
  }

  /** Threads take tasks in the order in which they were given, and the next one without waiting for each other. */
  async #run(layout: StateLayout, work: Work, { signal, onProgress }: PoolCall, onPiece: OnPiece): Promise<void> {
    signal?.throwIfAborted()
    const total = layout.chunks.length
    const size = pieceSize(work)
    const control = new Int32Array(new SharedArrayBuffer(8))
    const id = this.#tasks++
    const task: Task = { id, tensorSizes: layout.tensorSizes, chunkSize: layout.chunkSize, control, work }
    const stop = (): void => {
      Atomics.store(control, STOP, 1)
    }
    let done = 0
    const tell = (piece: number, encoded: EncodedChunks | undefined): void => {
      onPiece(piece, encoded)
      done += Math.min(size, total - size * piece)
      onProgress?.(done, total)
    }
    signal?.addEventListener('abort', stop)
    try {
      const threads = this.#start(Math.ceil(total / size))
      const ends = await Promise.all(threads.map((thread) => thread.run(task, tell, stop)))
      signal?.throwIfAborted()
      // Pieces are taken in order and finished, so the first failure is the one that a single thread would have met.
      const failures = ends.filter((end) => end !== undefined).toSorted((a, b) => a.piece - b.piece)
      if (failures[0] !== undefined) throw failures[0].error
    } finally {
      signal?.removeEventListener('abort', stop)
    }
  }

  /** The threads for so many pieces; those that are missing are started. */
  #start(pieces: number): readonly Thread[] {
    this.#dropDead()
    const wanted = Math.max(1, Math.min(this.#workers, pieces))
    while (this.#threads.length < wanted) this.#threads.push(new Thread(this.#script))
    return this.#threads.slice(0, wanted)
  }

  /** Threads that ended by themselves are replaced at the next call. */
  #dropDead(): void {
    this.#threads = this.#threads.filter((thread) => thread.isAlive)
  }
}

function isSpare(into: Int32Array | undefined, state: Int32Array): into is Int32Array {
  return into !== undefined && into.buffer instanceof SharedArrayBuffer && into.length === state.length
}

/** Contributions in shared memory, so that a thread more costs no copy more. */
const sharedContributions = new WeakMap<Contribution, Contribution>()

function sharedContribution(contribution: Contribution): Contribution {
  if (contribution.recordOffsets.buffer instanceof SharedArrayBuffer) return contribution
  const known = sharedContributions.get(contribution)
  if (known !== undefined) return known
  const { header, blob, recordOffsets } = contribution
  const shared = { header, blob: inSharedMemory(blob), recordOffsets: sharedCopy(recordOffsets) }
  sharedContributions.set(contribution, shared)
  return shared
}

type SharedArray = Float32Array | Int32Array | Uint32Array | Uint8Array

function inSharedMemory<T extends SharedArray>(array: T): T {
  return array.buffer instanceof SharedArrayBuffer ? array : sharedCopy(array)
}

function sharedCopy<T extends SharedArray>(array: T): T {
  const Kind = array.constructor as new (buffer: SharedArrayBuffer) => T
  // Buffer is a Uint8Array too, and its constructor is not one for memory like this.
  const buffer = new SharedArrayBuffer(array.byteLength)
  const copy = (array instanceof Uint8Array ? new Uint8Array(buffer) : new Kind(buffer)) as T
  copy.set(array)
  return copy
}
