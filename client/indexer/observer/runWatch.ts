// Everything that is to be found out about one run, a slice at a time: its manifest, what validators and miners revealed, and each of
// its states in order, with the loss and a text of the model. What the book has is not done again, but states build on each other:
// those on the way to one that is wanted are folded, from the newest that is on disk.

import { join } from 'node:path'
import type { Clock } from '@tessera/agent/clock'
import { foldRound } from '@tessera/node/foldRound'
import type { BlobSource } from '@tessera/protocol/blobSource'
import { isTesseraError, TesseraError } from '@tessera/protocol/errors'
import type { RunParams } from '@tessera/protocol/events'
import type { Hex } from '@tessera/protocol/hex'
import { checkManifestForRun, MAX_MANIFEST_BYTES, parseManifest } from '@tessera/protocol/manifest'
import type { RunState } from '@tessera/protocol/runState'
import { type FinalRound, includedIn, lineageOf, sourcesFor } from '@tessera/protocol/runView'
import type { EmbeddedStore } from '@tessera/storage/embeddedStore'
import type { Device } from '@tessera/training/session'
import { SHOWCASE, writeText } from '@tessera/training/writing'
import type { ObserverBook } from './book.ts'
import { ContributionsDuty } from './contributionsDuty.ts'
import { manifestFacts } from './manifestFacts.ts'
import { OpenRun } from './openRun.ts'
import { ReceiptsDuty } from './receiptsDuty.ts'
import { Retries } from './retries.ts'

export interface RunWatchOptions {
  readonly run: bigint
  readonly book: ObserverBook
  readonly store: EmbeddedStore
  /** What the store may hold, bytes. */
  readonly quotaBytes: number
  readonly folder: string
  readonly mirrors: readonly string[]
  readonly device: Device
  readonly clock: Clock
  readonly signal: AbortSignal
}

/** The newest state that was measured, and how many final rounds came after it. */
export interface RunProgress {
  readonly run: number
  readonly round: number
  readonly behind: number
}

const MANIFEST_DEADLINE_MS = 15_000
/** After so long, other runs get their turn. */
const SLICE_MS = 20_000
const SAMPLE_SEED = 1
/** The part of the store that a run's genesis may take, since it is never let go of. */
const GENESIS_PART = 1 / 8
const RETRY = { firstMs: 5_000, mostMs: 10 * 60_000 }
/** No operator has it, so that nobody is left out of those who may be asked. */
const NOBODY: Hex = `0x${'00'.repeat(20)}`

export class RunWatch {
  readonly #options: RunWatchOptions
  readonly #receipts: ReceiptsDuty
  readonly #contributions: ContributionsDuty
  /** Roots that the book has. */
  readonly #measured = new Set<Hex>()
  #hasManifest = false
  #open: OpenRun | undefined
  #state: RunState | undefined
  #progress: RunProgress
  #lastWorkedAt = 0

  constructor(options: RunWatchOptions) {
    const { run, book, clock, store, signal } = options
    this.#options = options
    this.#progress = { run: Number(run), round: 0, behind: 0 }
    const sources = (author: Hex): readonly BlobSource[] => this.#sources(author)
    this.#receipts = new ReceiptsDuty({ store, book, retries: new Retries({ clock, ...RETRY }), sources, signal })
    this.#contributions = new ContributionsDuty({ book, retries: new Retries({ clock, ...RETRY }) })
  }

  get progress(): RunProgress {
    return this.#progress
  }

  get isOpen(): boolean {
    return this.#open !== undefined
  }

  /** When it last needed to be open, in milliseconds of the clock. */
  get lastWorkedAt(): number {
    return this.#lastWorkedAt
  }

  /**
   * A slice of what there is to do; `onObserved` hears of each thing that was found out.
   * Errors: all that keeps the run from being read, retryable or not.
   */
  async step(state: RunState, onObserved: () => void): Promise<void> {
    this.#state = state
    const { params } = state
    if (params === null) return
    const lineage = lineageOf(state)
    let missing = await this.#missing(params, lineage)
    this.#advance(lineage, missing)
    if (await this.#readManifest(params)) onObserved()
    if (await this.#receipts.step(state)) onObserved()
    if (missing === undefined && !(await this.#contributions.isWanted(state))) return
    const open = await this.#opened(params)
    this.#lastWorkedAt = this.#options.clock.now()
    if (await this.#contributions.step(state, open.reader)) onObserved()
    while (missing !== undefined && this.#options.clock.now() < this.#lastWorkedAt + SLICE_MS) {
      await this.#foldTo(missing, state, open)
      await this.#measure(open)
      // Beside a long way of states, what else was revealed comes forward too.
      await this.#receipts.step(state)
      await this.#contributions.step(state, open.reader)
      onObserved()
      missing = await this.#missing(params, lineage)
      this.#advance(lineage, missing)
    }
  }

  /** Lets go of memory; the next step opens the run anew. */
  async close(): Promise<void> {
    const open = this.#open
    this.#open = undefined
    await open?.close()
  }

  #sources(author: Hex | undefined): readonly BlobSource[] {
    const { mirrors } = this.#options
    return sourcesFor({ state: this.#state, author, self: NOBODY, mirrors, random: Math.random })
  }

  /** True when it was read just now. */
  async #readManifest(params: RunParams): Promise<boolean> {
    const { book, store, signal } = this.#options
    const { manifestDigest: digest, manifestSize } = params
    if (this.#hasManifest) return false
    const known = await book.hasManifest(digest)
    if (!known) {
      const bytes = await store.read(
        { digest, size: Number(manifestSize) },
        {
          sources: this.#sources(undefined),
          deadlineMs: MANIFEST_DEADLINE_MS,
          maxBytes: MAX_MANIFEST_BYTES,
          round: 0,
          signal,
        },
      )
      await book.putManifest(digest, manifestFacts(parseManifest(bytes)))
    }
    this.#hasManifest = true
    return !known
  }

  async #opened(params: RunParams): Promise<OpenRun> {
    const { run, store, folder, device, signal } = this.#options
    await this.#checkSize(params)
    const sources = (author: Hex | undefined): readonly BlobSource[] => this.#sources(author)
    this.#open ??= await OpenRun.open({
      run,
      params,
      store,
      folder: join(folder, String(run)),
      sources,
      device,
      signal,
    })
    return this.#open
  }

  /** Before anything is fetched of what the manifest names. The manifest itself is on this disk by now, or is fetched once more. */
  async #checkSize(params: RunParams): Promise<void> {
    if (this.#open !== undefined) return
    const { store, quotaBytes, signal } = this.#options
    const reference = { digest: params.manifestDigest, size: Number(params.manifestSize) }
    const sources = this.#sources(undefined)
    const read = { sources, deadlineMs: MANIFEST_DEADLINE_MS, maxBytes: MAX_MANIFEST_BYTES, round: 0, signal }
    const manifest = parseManifest(await store.read(reference, read))
    checkManifestForRun(manifest, params)
    const { size } = manifest.genesis
    if (size <= GENESIS_PART * quotaBytes) return
    throw new TesseraError('observer/too-large', `the states of the run have ${size} bytes`, {
      hint: `The observer's store has ${quotaBytes} bytes, and a state may take an eighth of it: raise its quota`,
      context: { size, quotaBytes },
    })
  }

  /** The first state, genesis included, that the book has not; as a number of final rounds. Undefined when it has all. */
  async #missing(params: RunParams, lineage: readonly FinalRound[]): Promise<readonly FinalRound[] | undefined> {
    const { book, run } = this.#options
    const roots = [params.genesisRoot, ...lineage.map(({ root }) => root)]
    for (const [index, root] of roots.entries()) {
      if (this.#measured.has(root)) continue
      if (!(await book.hasCheckpoint(run, root))) return lineage.slice(0, index)
      this.#measured.add(root)
    }
    return undefined
  }

  #advance(lineage: readonly FinalRound[], missing: readonly FinalRound[] | undefined): void {
    const { run } = this.#progress
    if (missing === undefined) this.#progress = { run, round: Number(lineage.at(-1)?.round ?? 0n), behind: 0 }
    else {
      const behind = Math.min(lineage.length, lineage.length - missing.length + 1)
      this.#progress = { run, round: Number(missing.at(-2)?.round ?? 0n), behind }
    }
  }

  /** Makes the state at the end of `lineage` the present one, and reads what its rounds included. */
  async #foldTo(lineage: readonly FinalRound[], state: RunState, { replica, reader }: OpenRun): Promise<void> {
    const { signal } = this.#options
    for (;;) {
      const next = await replica.next(lineage)
      if (next === undefined) return
      signal.throwIfAborted()
      await foldRound({ replica, reader, state, next })
      for (const revealed of includedIn(state, next.round)) await this.#contributions.observe(revealed, reader)
    }
  }

  async #measure({ replica, heldOut, generator, bundle }: OpenRun): Promise<void> {
    const { book, run, store, quotaBytes, signal } = this.#options
    const { root, parameters } = replica
    const { tokenizer } = bundle
    const settings = { ...SHOWCASE, seed: SAMPLE_SEED }
    const loss = await unlessBroken(heldOut.loss(parameters, signal))
    const text = await unlessBroken(writeText({ ...settings, generator, tokenizer, parameters, signal }))
    const sample = text === undefined ? null : { ...settings, text }
    await book.putCheckpoint(run, root, { loss: loss ?? null, sample })
    this.#measured.add(root)
    // Of several runs, whose rounds tell nothing of their age: the oldest go when the store is half full.
    await store.collect({ keepFromRound: 0, maxBytes: quotaBytes / 2 })
  }
}

/** Of what a model brings about that is out of bounds: it is a state all the same, and others follow. */
async function unlessBroken<T>(result: Promise<T>): Promise<T | undefined> {
  try {
    return await result
  } catch (error) {
    if (isTesseraError(error, 'training/not-finite') || isTesseraError(error, 'tokenizer/bad-token')) return undefined
    throw error
  }
}
