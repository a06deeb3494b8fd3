// The state of one run at the newest block, from the contracts' events alone; the rules by which it changes are the
// protocol's. Has no timer: whoever owns it calls `poll` as often as it wants to know.

import { initialState, type RunState } from '@tessera/protocol/runState'
import { transition } from '@tessera/protocol/transition'
import { ChainFold, type OnProgress, type Point, type Reorg } from './chainFold.ts'
import { type Chain, checkGenesis } from './clients.ts'
import { concernsRun, decodeLog, followedAddresses } from './decodeLogs.ts'
import type { RawLog } from './shapes.ts'

/** The state of a run after a block. */
export type Followed = Point<RunState>

export interface FollowerOptions {
  readonly chain: Chain
  readonly run: bigint
  /** Reorganisations no deeper than this many blocks are stepped back over; deeper ones replay everything. */
  readonly keepBlocks?: number
  /** The most blocks in one request for logs. */
  readonly rangeBlocks?: number
  readonly onProgress?: OnProgress
}

export class RunFollower {
  readonly #chain: Chain
  readonly #fold: ChainFold<RunState>
  readonly #onUpdate = new Set<(followed: Followed) => void>()
  readonly #onReorg = new Set<(reorg: Reorg) => void>()
  #current: Followed | undefined
  /** The chain may not be the one of the deployment. */
  #doubtful = false
  #polling: Promise<boolean> | undefined

  constructor(options: FollowerOptions) {
    const { chain, run, keepBlocks = 128, rangeBlocks = 2_000, onProgress } = options
    const { deployment } = chain
    this.#chain = chain
    this.#fold = new ChainFold({
      chain,
      addresses: followedAddresses(deployment),
      fromBlock: deployment.fromBlock,
      initial: initialState(run, deployment.runCoordinator, deployment.token),
      apply: (state: RunState, log: RawLog): RunState => {
        const event = decodeLog(log, deployment)
        const concerned = event !== undefined && concernsRun(event, run, deployment.runCoordinator)
        return concerned ? transition(state, event) : state
      },
      keepBlocks,
      rangeBlocks,
      onProgress,
    })
  }

  /** The state as of the last successful poll; undefined before it. */
  get current(): Followed | undefined {
    return this.#current
  }

  /**
   * Brings the state up to the newest block and tells the listeners. A call during another one shares its outcome.
   * @returns Whether anything is new: also an empty block is.
   * @throws retryable: `chain/unreachable`, `chain/bad-response`, `chain/unstable`, some `chain/rpc-error`; the state is then
   *   what it was. Not retryable: `chain/wrong-chain` (the chain was started anew), `chain/unknown-event`
   */
  poll(signal?: AbortSignal): Promise<boolean> {
    this.#polling ??= this.#poll(signal).finally(() => {
      this.#polling = undefined
    })
    return this.#polling
  }

  /** Calls `listener` after each poll that found something new. Returns the function that ends it. */
  onUpdate(listener: (followed: Followed) => void): () => void {
    this.#onUpdate.add(listener)
    return () => this.#onUpdate.delete(listener)
  }

  /** Calls `listener`, before those of the update, when blocks that `current` was made of are gone. */
  onReorg(listener: (reorg: Reorg) => void): () => void {
    this.#onReorg.add(listener)
    return () => this.#onReorg.delete(listener)
  }

  async #poll(signal?: AbortSignal): Promise<boolean> {
    const { current, changed, reorg } = await this.#fold.poll(signal)
    // Nothing in common with what was there before: it may be another chain altogether.
    if (reorg !== undefined && reorg.to === undefined) this.#doubtful = true
    if (this.#doubtful) await checkGenesis(this.#chain, signal)
    this.#doubtful = false
    this.#current = current
    if (reorg !== undefined) for (const listener of this.#onReorg) listener(reorg)
    if (changed) for (const listener of this.#onUpdate) listener(current)
    return changed
  }
}
