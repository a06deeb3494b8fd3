// A clock that moves only when told, for tests and simulations: no test has to wait for real time.
// Not for production, and not a fake of Node's timers: only code that takes a Clock is driven by it.
// @testonly

import type { Clock } from './clock.ts'

interface Sleeper {
  readonly at: number
  readonly wake: () => void
}

export class ManualClock implements Clock {
  #now: number
  #sleepers: Sleeper[] = []
  #watchers: { readonly count: number; readonly resolve: () => void }[] = []

  constructor(startMs = 0) {
    this.#now = startMs
  }

  /** How many sleeps are under way. */
  get sleepers(): number {
    return this.#sleepers.length
  }

  now(): number {
    return this.#now
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.reject(signal.reason)
    if (!(ms > 0)) return Promise.resolve()
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper)
        reject(signal?.reason)
      }
      const wake = () => {
        signal?.removeEventListener('abort', onAbort)
        resolve()
      }
      const sleeper = { at: this.#now + ms, wake }
      signal?.addEventListener('abort', onAbort, { once: true })
      this.#sleepers.push(sleeper)
      this.#notify()
    })
  }

  /** Moves time on by `ms`, waking sleepers in order of their time and letting each run (and sleep again) before the next. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms
    await settle()
    for (;;) {
      const next = this.#earliest()
      if (next === undefined || next.at > end) break
      this.#now = Math.max(this.#now, next.at)
      this.#sleepers = this.#sleepers.filter((other) => other !== next)
      next.wake()
      await settle()
    }
    this.#now = end
  }

  /** Resolves once at least `count` sleeps are under way: the code under test has reached its wait. */
  whenSleeping(count = 1): Promise<void> {
    if (this.#sleepers.length >= count) return Promise.resolve()
    return new Promise((resolve) => this.#watchers.push({ count, resolve }))
  }

  #earliest(): Sleeper | undefined {
    return this.#sleepers.reduce<Sleeper | undefined>(
      (first, other) => (first === undefined || other.at < first.at ? other : first),
      undefined,
    )
  }

  #notify(): void {
    const ready = this.#watchers.filter((watcher) => watcher.count <= this.#sleepers.length)
    this.#watchers = this.#watchers.filter((watcher) => !ready.includes(watcher))
    for (const watcher of ready) watcher.resolve()
  }
}

// setImmediate runs after all pending promise jobs: what the woken code does without real I/O is done by then.
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
