// What the database holds now, by name: the newest block and how much was observed. Tells the live streams of each change, and gives
// answers the version that they are kept by.

import type { Live, LiveStreams } from './server/liveStreams.ts'

export class Present {
  readonly #live: LiveStreams
  /** Of this process: another version of the program may answer the same block otherwise. */
  readonly #boot: string
  #block: Live['block'] | undefined
  #changes = 0

  constructor(options: {
    readonly live: LiveStreams
    readonly boot: string
    readonly block: Live['block'] | undefined
  }) {
    this.#live = options.live
    this.#boot = options.boot
    this.#block = options.block
    // A stream that opens before the first look at the chain begins with the block of the last life.
    if (options.block !== undefined)
      this.#live.tell({ block: options.block, runs: [], accounts: [], reorg: false, observed: [] })
  }

  /** The newest block that is indexed. */
  get block(): Live['block'] | undefined {
    return this.#block
  }

  get version(): string | undefined {
    return this.#block && `${this.#boot}-${this.#block.hash.slice(2, 18)}-${this.#changes}`
  }

  /** After a look at the chain that found something new. */
  moved(change: Omit<Live, 'observed'>): void {
    this.#block = change.block
    // The same block can come back after it was lost, with what was derived from it derived anew.
    if (change.reorg) this.#changes++
    this.#live.tell({ ...change, observed: [] })
  }

  /** The observer found something new of a run. */
  observed(run: number): void {
    this.#changes++
    this.#live.tellObserved(run)
  }
}
