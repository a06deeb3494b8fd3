// When to ask again for what could not be had: after a wait that doubles each time. Keeps no more than a time and a count for each.

import type { Clock } from '@tessera/agent/clock'

export interface RetriesOptions {
  readonly clock: Clock
  /** Wait after the first failure, milliseconds. */
  readonly firstMs: number
  /** The longest wait. */
  readonly mostMs: number
}

export class Retries {
  readonly #options: RetriesOptions
  readonly #failed = new Map<string, { readonly times: number; readonly notBefore: number }>()

  constructor(options: RetriesOptions) {
    this.#options = options
  }

  isDue(key: string): boolean {
    const failed = this.#failed.get(key)
    return failed === undefined || this.#options.clock.now() >= failed.notBefore
  }

  /** @returns How often it has failed, this time included. */
  fail(key: string): number {
    const { clock, firstMs, mostMs } = this.#options
    const times = (this.#failed.get(key)?.times ?? 0) + 1
    this.#failed.set(key, { times, notBefore: clock.now() + Math.min(mostMs, firstMs * 2 ** (times - 1)) })
    return times
  }

  /** It was had, or is not wanted any more. */
  forget(key: string): void {
    this.#failed.delete(key)
  }
}
