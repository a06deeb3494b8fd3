// @testonly A timer whose time passes only while nothing else happens: a simulated hour takes as long as its events.

import type { Timer } from '../timer.ts'

interface Sleep {
  readonly at: number
  readonly end: () => void
}

export class VirtualTimer implements Timer {
  #now = 0
  readonly #sleeps = new Set<Sleep>()

  now(): number {
    return this.#now
  }

  get pending(): number {
    return this.#sleeps.size
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      const onAbort = () => {
        this.#sleeps.delete(sleep)
        reject(signal?.reason)
      }
      const end = () => {
        signal?.removeEventListener('abort', onAbort)
        resolve()
      }
      const sleep = { at: this.#now + Math.max(0, ms), end }
      this.#sleeps.add(sleep)
      signal?.addEventListener('abort', onAbort, { once: true })
    })
  }

  /** Lets time pass until `work` is settled. Throws when nothing is left that it could wait for. */
  async run<T>(work: Promise<T>): Promise<T> {
    let isSettled = false
    const settled = () => {
      isSettled = true
    }
    work.then(settled, settled)
    for (;;) {
      // After everything that needs no time.
      await new Promise((resolve) => setImmediate(resolve))
      if (isSettled) return await work
      let next: Sleep | undefined
      for (const sleep of this.#sleeps) if (next === undefined || sleep.at < next.at) next = sleep
      if (next === undefined) throw new Error(`nothing happens any more, at ${this.#now} ms`)
      this.#sleeps.delete(next)
      this.#now = Math.max(this.#now, next.at)
      next.end()
    }
  }
}
