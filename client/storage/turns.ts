// How many answers a gateway sends at a time, and whose turn is next: every address has a queue of its own, so that nobody keeps others out
// by asking for more. A few wait a little; whoever would wait longer is told to come again.

import type { EventEmitter } from 'node:events'
import type { Timer } from './timer.ts'

export interface TurnLimits {
  /** Answers sent at a time. With the line's rate divided by it each reader has to be above its own floor (transfer/limits.ts). */
  readonly maxServing: number
  /** The same, of one address. Behind a reverse proxy all callers have its address: raise it to maxServing. */
  readonly maxServingPerAddress: number
  /** Requests of one address that wait for their turn. */
  readonly maxWaitingPerAddress: number
  readonly maxWaiting: number
  /** Longest wait for a turn: less than the time after which readers take silence for a fault. */
  readonly maxWaitMs: number
}

interface Waiter {
  readonly start: () => void
}

export class Turns {
  readonly #limits: TurnLimits
  readonly #timer: Timer
  readonly #serving = new Map<string, number>()
  /** Whose turn is next comes first. */
  readonly #queues = new Map<string, Waiter[]>()
  #total = 0
  #waiting = 0

  constructor(limits: TurnLimits, timer: Timer) {
    this.#limits = limits
    this.#timer = timer
  }

  /** For those who are sent away. */
  get retryAfterSeconds(): number {
    return Math.max(1, Math.round(this.#limits.maxWaitMs / 4_000))
  }

  /** Waits for a turn; the returned function ends it. Undefined: there are too many, it took too long, or `leaver` has closed. */
  take(address: string, leaver: EventEmitter): Promise<(() => void) | undefined> {
    return new Promise((resolve) => {
      if (this.#isFree(address)) return resolve(this.#begin(address))
      const queue = this.#queues.get(address) ?? []
      const { maxWaitingPerAddress, maxWaiting, maxWaitMs } = this.#limits
      if (queue.length >= maxWaitingPerAddress || this.#waiting >= maxWaiting) return resolve(undefined)
      const bell = new AbortController()
      const leave = () => {
        bell.abort()
        leaver.off('close', onEnd)
        this.#waiting--
      }
      const onEnd = () => {
        leave()
        this.#forget(address, waiter)
        resolve(undefined)
      }
      const waiter = {
        start: () => {
          leave()
          resolve(this.#begin(address))
        },
      }
      leaver.once('close', onEnd)
      this.#timer.sleep(maxWaitMs, bell.signal).then(onEnd, () => {
        // Its turn came, or it left.
      })
      this.#waiting++
      queue.push(waiter)
      this.#queues.set(address, queue)
    })
  }

  #isFree(address: string): boolean {
    const { maxServing, maxServingPerAddress } = this.#limits
    return this.#total < maxServing && (this.#serving.get(address) ?? 0) < maxServingPerAddress
  }

  #begin(address: string): () => void {
    this.#total++
    this.#serving.set(address, (this.#serving.get(address) ?? 0) + 1)
    let isOver = false
    return () => {
      if (isOver) return
      isOver = true
      this.#total--
      const left = (this.#serving.get(address) ?? 1) - 1
      if (left > 0) this.#serving.set(address, left)
      else this.#serving.delete(address)
      this.#next()
    }
  }

  #next(): void {
    for (const [address, queue] of this.#queues) {
      if (!this.#isFree(address)) continue
      const first = queue.shift()
      // To the end, if there are more of it.
      this.#queues.delete(address)
      if (queue.length > 0) this.#queues.set(address, queue)
      first?.start()
      return
    }
  }

  #forget(address: string, waiter: Waiter): void {
    const left = (this.#queues.get(address) ?? []).filter((other) => other !== waiter)
    if (left.length > 0) this.#queues.set(address, left)
    else this.#queues.delete(address)
  }
}
