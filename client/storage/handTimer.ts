// @testonly A timer for tests: short sleeps (back-off) end at once, long ones (time limits) only when the test says so.
// That lets attacks run over real sockets without waiting for real time, and without racing it. Its time passes with the sleeps that end.

import type { Timer } from './timer.ts'

interface Sleep {
  readonly ms: number
  readonly until: number
  readonly end: () => void
}

export class HandTimer implements Timer {
  readonly #instantUpToMs: number
  readonly #sleeps = new Set<Sleep>()
  #now = 0
  #last: (() => void) | undefined
  /** Every sleep asked for, in order. */
  readonly asked: number[] = []

  constructor(instantUpToMs = 1_000) {
    this.#instantUpToMs = instantUpToMs
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    this.asked.push(ms)
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      const onAbort = () => {
        this.#sleeps.delete(sleep)
        reject(signal?.reason)
      }
      const end = () => {
        if (!this.#sleeps.delete(sleep)) return
        signal?.removeEventListener('abort', onAbort)
        this.#now = Math.max(this.#now, sleep.until)
        resolve()
      }
      const sleep = { ms, until: this.#now + ms, end }
      this.#sleeps.add(sleep)
      this.#last = end
      signal?.addEventListener('abort', onAbort, { once: true })
      if (ms <= this.#instantUpToMs) setImmediate(end)
    })
  }

  /** Sleeps under way. */
  get pending(): number {
    return this.#sleeps.size
  }

  now(): number {
    return this.#now
  }

  /** Ends the sleep that began last, whenever it is called. */
  get endLast(): () => void {
    return this.#last ?? (() => {})
  }

  /** Ends all sleeps of exactly `ms`. */
  end(ms: number): void {
    for (const sleep of [...this.#sleeps]) if (sleep.ms === ms) sleep.end()
  }
}
