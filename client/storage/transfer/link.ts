// One source as all fetches of a store see it together: how many blocks are asked of it at a time, and whether it wants to be left alone.
// What it was like for one blob: standing.ts.

import type { TransferLimits } from './limits.ts'

export class Link {
  readonly base: string
  readonly #limits: TransferLimits
  #window: number
  #inFlight = 0
  #busyUntil = 0
  #isProven = false

  constructor(base: string, limits: TransferLimits) {
    this.base = base
    this.#limits = limits
    this.#window = limits.firstWindow
  }

  /** It has sent a block, and has not failed since. */
  get isProven(): boolean {
    return this.#isProven
  }

  get inFlight(): number {
    return this.#inFlight
  }

  /** How full it is, from 0: nothing asked of it. */
  get load(): number {
    return this.#inFlight / this.#window
  }

  /** When it may be asked again; in the past or 0 if it may be asked now. */
  get freeAt(): number {
    return this.#busyUntil
  }

  get hasRoom(): boolean {
    return this.#inFlight < this.#window
  }

  begin(): void {
    this.#inFlight++
  }

  end(): void {
    this.#inFlight--
  }

  /** A block came, in `ms`. The window follows how long blocks take, so that a link that many share is not asked for more than it gives. */
  took(ms: number): void {
    this.#isProven = true
    const { quickMs, lateMs, maxWindow } = this.#limits
    if (ms < quickMs) this.#window = Math.min(maxWindow, this.#window + 1)
    else if (ms > lateMs) this.#window = Math.max(1, this.#window - 1)
  }

  failed(): void {
    this.#isProven = false
  }

  /** It asked not to be asked before `until`, and then for less. */
  busy(until: number): void {
    this.#window = Math.max(1, Math.floor(this.#window / 2))
    this.#busyUntil = Math.max(this.#busyUntil, until)
  }
}
