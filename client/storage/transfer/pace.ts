// A limit of bytes per second that several share in turn: a token bucket with a queue for each of those who wait. For what a node reads
// from others, and for what it sends them.

import { abortFault } from '../fault.ts'
import type { Timer } from '../timer.ts'

interface Waiter {
  readonly bytes: number
  readonly go: () => void
}

/** What may go at once after a pause, as time at the full rate: longer, and a line would feel it. */
const BURST_MS = 100

export class Pace {
  readonly #timer: Timer
  readonly #bytesPerMs: number
  /** Whose turn it is comes first. */
  readonly #queues = new Map<string, Waiter[]>()
  /** Until when the rate is used up. */
  #spentUntil = -Infinity
  #running = false

  constructor(timer: Timer, bytesPerSecond: number) {
    this.#timer = timer
    this.#bytesPerMs = bytesPerSecond / 1_000
  }

  /**
   * Resolves when `bytes` more may pass. One of those who wait after the other gets a turn, however many turns each of them asks for.
   * @throws the reason of `signal`, as an error of ours
   */
  take(who: string, bytes: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(abortFault(signal))
      const queue = this.#queues.get(who) ?? []
      const onAbort = () => {
        const at = queue.indexOf(waiter)
        if (at >= 0) queue.splice(at, 1)
        if (queue.length === 0 && this.#queues.get(who) === queue) this.#queues.delete(who)
        reject(abortFault(signal))
      }
      const go = () => {
        signal.removeEventListener('abort', onAbort)
        resolve()
      }
      const waiter = { bytes, go }
      signal.addEventListener('abort', onAbort, { once: true })
      queue.push(waiter)
      this.#queues.set(who, queue)
      this.#run()
    })
  }

  #run(): void {
    if (this.#running) return
    this.#running = true
    // The timer's sleep has no signal here and so does not reject.
    this.#serve().catch(() => undefined)
  }

  async #serve(): Promise<void> {
    while (this.#queues.size > 0) {
      const now = this.#timer.now()
      if (this.#spentUntil > now) {
        await this.#timer.sleep(this.#spentUntil - now)
        continue
      }
      for (const [who, queue] of this.#queues) {
        const waiter = queue.shift()
        this.#queues.delete(who)
        if (queue.length > 0) this.#queues.set(who, queue)
        if (waiter === undefined) break
        this.#spentUntil = Math.max(this.#spentUntil, now - BURST_MS) + waiter.bytes / this.#bytesPerMs
        waiter.go()
        break
      }
    }
    this.#running = false
  }
}
