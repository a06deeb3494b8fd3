// A run as its observer holds it while there is something to find out: what the manifest names, the replica on its last state, and the
// programs that measure and write. Closed and opened again at will: states and blobs are on disk.

import { join } from 'node:path'
import { CodecPool } from '@tessera/node/codecPool/pool'
import { ContributionReader } from '@tessera/node/contributionReader'
import { Replica } from '@tessera/node/replica'
import { fetchRunBundle, type RunBundle } from '@tessera/node/runBundle'
import type { BlobSource } from '@tessera/protocol/blobSource'
import type { RunParams } from '@tessera/protocol/events'
import type { Hex } from '@tessera/protocol/hex'
import type { BlobStore } from '@tessera/storage/blobStore'
import { Evaluator } from '@tessera/training/evaluator'
import { Generator } from '@tessera/training/generate'
import { HeldOut } from '@tessera/training/heldOut'
import type { Device } from '@tessera/training/session'

/** How long the run's own blobs, and a single contribution, may take to arrive. What arrived is kept for the next try. */
const BUNDLE_DEADLINE_MS = 2 * 60_000
const CONTRIBUTION_DEADLINE_MS = 30_000
/** States on disk: the newest, and one to step back to. */
const KEEP_STATES = 2

export interface OpenRunRequest {
  readonly run: bigint
  readonly params: RunParams
  readonly store: BlobStore
  /** Of this run, for its states. */
  readonly folder: string
  /** Where a blob may be, best first; without an author: one of the run's own. */
  readonly sources: (author: Hex | undefined) => readonly BlobSource[]
  readonly device: Device
  readonly signal: AbortSignal
}

export class OpenRun {
  readonly bundle: RunBundle
  readonly replica: Replica
  readonly reader: ContributionReader
  readonly heldOut: HeldOut
  readonly generator: Generator
  readonly #closers: readonly (() => Promise<void>)[]

  private constructor(
    parts: Pick<OpenRun, 'bundle' | 'replica' | 'reader' | 'heldOut' | 'generator'>,
    closers: readonly (() => Promise<void>)[],
  ) {
    this.bundle = parts.bundle
    this.replica = parts.replica
    this.reader = parts.reader
    this.heldOut = parts.heldOut
    this.generator = parts.generator
    this.#closers = closers
  }

  /** Errors: those of `fetchRunBundle`, `Replica.open` and of sessions. */
  static async open(request: OpenRunRequest): Promise<OpenRun> {
    const { run, params, store, folder, sources, device, signal } = request
    const bundle = await fetchRunBundle({
      params,
      store,
      sources: () => sources(undefined),
      deadlineMs: BUNDLE_DEADLINE_MS,
      signal,
    })
    const { layout, genesis, manifest, programs, model: config, data } = bundle
    const codec = new CodecPool()
    const closers = [() => codec.close()]
    try {
      const replica = await Replica.open({
        run,
        folder: join(folder, 'states'),
        layout,
        aggregation: manifest.aggregation,
        codec,
        genesis,
        genesisRoot: params.genesisRoot,
        keep: KEEP_STATES,
      })
      const { batch } = manifest.training
      const program = await Evaluator.create({ program: programs.evaluate, config, batch, device })
      closers.push(() => program.dispose())
      // Always on the processor: anyone is to get the same text.
      const generator = await Generator.create({ program: programs.generate, config })
      closers.push(() => generator.dispose())
      const deadlineMs = CONTRIBUTION_DEADLINE_MS
      const reader = new ContributionReader({ bundle, store, sources, deadlineMs, signal, codec })
      return new OpenRun({ bundle, replica, reader, heldOut: new HeldOut({ data, program }), generator }, closers)
    } catch (error) {
      for (const close of closers) await close()
      throw error
    }
  }

  async close(): Promise<void> {
    for (const close of this.#closers) await close()
  }
}
