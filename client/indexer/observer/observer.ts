// Observes all runs of a chain in turn. One look at the chain, and a slice of work for each run: a run that cannot be read is told of
// and asked again later, and the others go on. Runs in a process of its own (child.ts), since it computes for seconds at a time.

import { type Clock, systemClock } from '@tessera/agent/clock'
import type { Chain } from '@tessera/chain/clients'
import { errorLine } from '@tessera/protocol/errors'
import type { RunState } from '@tessera/protocol/runState'
import type { EmbeddedStore } from '@tessera/storage/embeddedStore'
import type { Device } from '@tessera/training/session'
import type { ObserverBook } from './book.ts'
import { Retries } from './retries.ts'
import { RunsFollower } from './runsFollower.ts'
import { type RunProgress, RunWatch } from './runWatch.ts'

/** How the observer fares, for the status. */
export interface ObserverProgress {
  /** What keeps it, or a run, from being observed; null when nothing does. */
  readonly error: string | null
  readonly runs: readonly RunProgress[]
}

export interface ObserverParts {
  readonly chain: Chain
  readonly book: ObserverBook
  /** For blobs; the caller closes it. */
  readonly store: EmbeddedStore
  /** What it may hold, bytes. */
  readonly quotaBytes: number
  /** For states. */
  readonly folder: string
  readonly mirrors: readonly string[]
  readonly device: Device
  readonly signal: AbortSignal
  readonly clock?: Clock
  readonly onObserved: (run: bigint) => void
  /** Of a run, or of the look at the chain. */
  readonly onError: (error: unknown, run: bigint | undefined) => void
}

/** Runs that are held in memory. */
const MOST_OPEN = 4
const RETRY = { firstMs: 5_000, mostMs: 10 * 60_000 }

export class Observer {
  readonly #parts: ObserverParts
  readonly #clock: Clock
  readonly #follower: RunsFollower
  readonly #retries: Retries
  readonly #watches = new Map<bigint, RunWatch>()
  readonly #errors = new Map<bigint, string>()

  constructor(parts: ObserverParts) {
    this.#parts = parts
    this.#clock = parts.clock ?? systemClock
    this.#follower = new RunsFollower(parts.chain)
    this.#retries = new Retries({ clock: this.#clock, ...RETRY })
  }

  get progress(): ObserverProgress {
    const [failed] = this.#errors
    return {
      error: failed === undefined ? null : `run ${failed[0]}: ${failed[1]}`,
      runs: [...this.#watches.values()].map(({ progress }) => progress).sort((a, b) => a.run - b.run),
    }
  }

  /** One look and one slice for each run; `onSlice` is called after each. Throws what following the chain throws. */
  async step(onSlice: () => void): Promise<void> {
    const { signal } = this.#parts
    for (const state of await this.#follower.poll(signal)) {
      if (signal.aborted) return
      const { run } = state
      if (!this.#retries.isDue(String(run))) continue
      await this.#stepRun(run, state)
      onSlice()
    }
  }

  async close(): Promise<void> {
    for (const watch of this.#watches.values()) await watch.close()
  }

  async #stepRun(run: bigint, state: RunState): Promise<void> {
    const { onObserved, onError, signal } = this.#parts
    const watch = this.#watchOf(run)
    try {
      await watch.step(state, () => onObserved(run))
      this.#errors.delete(run)
      this.#retries.forget(String(run))
    } catch (error) {
      if (signal.aborted) return
      this.#errors.set(run, errorLine(error))
      this.#retries.fail(String(run))
      onError(error, run)
      await watch.close()
    }
    await this.#closeSurplus()
  }

  #watchOf(run: bigint): RunWatch {
    const known = this.#watches.get(run)
    if (known !== undefined) return known
    const { book, store, folder, quotaBytes, mirrors, device, signal } = this.#parts
    const watch = new RunWatch({
      run,
      book,
      store,
      quotaBytes,
      folder,
      mirrors,
      device,
      clock: this.#clock,
      signal,
    })
    this.#watches.set(run, watch)
    return watch
  }

  /** Those that are open longest without work go first. */
  async #closeSurplus(): Promise<void> {
    const open = [...this.#watches.values()].filter(({ isOpen }) => isOpen)
    open.sort((a, b) => a.lastWorkedAt - b.lastWorkedAt)
    for (const watch of open.slice(0, Math.max(0, open.length - MOST_OPEN))) await watch.close()
  }
}
