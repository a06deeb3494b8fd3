// A counting semaphore with a queue: bounds how much of something is in use at a time, first come first served.

import { abortFault } from './fault.ts'

interface Waiter {
  readonly amount: number
  readonly start: () => void
}

export class Slots {
  readonly #capacity: number
  #free: number
  #queue: Waiter[] = []

  constructor(capacity: number) {
    this.#capacity = capacity
    this.#free = capacity
  }

  /**
   * Waits for `amount` of the capacity; the returned function gives it back. More than the whole capacity counts as all of it.
   * @throws the reason of `signal`, as `storage/aborted` if it is not one of ours
   */
  acquire(amount: number, signal: AbortSignal): Promise<() => void> {
    const wanted = Math.min(amount, this.#capacity)
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(abortFault(signal))
      const give = () => {
        this.#free += wanted
        this.#next()
      }
      const onAbort = () => {
        this.#queue = this.#queue.filter((other) => other !== waiter)
        reject(abortFault(signal))
        this.#next()
      }
      const start = () => {
        signal.removeEventListener('abort', onAbort)
        this.#free -= wanted
        resolve(give)
      }
      const waiter = { amount: wanted, start }
      signal.addEventListener('abort', onAbort, { once: true })
      this.#queue.push(waiter)
      this.#next()
    })
  }

  #next(): void {
    for (let first = this.#queue[0]; first !== undefined && first.amount <= this.#free; first = this.#queue[0]) {
      this.#queue.shift()
      first.start()
    }
  }
}
