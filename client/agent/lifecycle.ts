// The life of one process: one AbortController, and what has to be closed when it ends. Knows no signals of the operating system and
// never exits: runMain.ts connects it to a process.

import { isTesseraError, TesseraError } from '@tessera/protocol/errors'
import { type Clock, systemClock } from './clock.ts'

/** What it returns is awaited if it is a promise, and otherwise not looked at. */
export type Closer = () => unknown

/** A shutdown that takes longer than this is given up; what still runs is named. */
export const CLOSE_LIMIT_MS = 10_000

export class Lifecycle {
  readonly #controller = new AbortController()
  readonly #closers: { readonly name: string; readonly closer: Closer }[] = []
  readonly #clock: Clock
  readonly #closeLimitMs: number
  #closing: Promise<void> | undefined

  constructor(options: { readonly clock?: Clock; readonly closeLimitMs?: number } = {}) {
    this.#clock = options.clock ?? systemClock
    this.#closeLimitMs = options.closeLimitMs ?? CLOSE_LIMIT_MS
  }

  /** Aborted when the process has to stop; its reason is a `lifecycle/stopped`. */
  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** Registers what `close` undoes; the last registered is closed first, since it may use the earlier ones. */
  onClose(name: string, closer: Closer): void {
    this.#closers.push({ name, closer })
  }

  /** Asks everything to stop. The first reason counts. */
  stop(reason: string): void {
    if (!this.signal.aborted) this.#controller.abort(new TesseraError('lifecycle/stopped', `stopped: ${reason}`))
  }

  /**
   * Stops, then runs every closer in reverse order, also after one has failed. The same promise for every caller.
   * @throws lifecycle/close-timeout with the closers that did not finish; lifecycle/close-failed with those that threw.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.stop('closing')
    const failures: { readonly name: string; readonly error: unknown }[] = []
    const limit = new AbortController()
    let current: string | undefined
    const closeAll = async () => {
      for (let next = this.#closers.pop(); next !== undefined; next = this.#closers.pop()) {
        current = next.name
        try {
          await next.closer()
        } catch (error) {
          failures.push({ name: next.name, error })
        }
        if (limit.signal.aborted) return
      }
    }
    const timeUp = this.#clock.sleep(this.#closeLimitMs, limit.signal).then(() => {
      const unfinished = [current, ...this.#closers.map(({ name }) => name).reverse()]
      throw new TesseraError('lifecycle/close-timeout', `shutdown took longer than ${this.#closeLimitMs} ms`, {
        context: { unfinished },
        hint: `Not closed: ${unfinished.join(', ')}`,
      })
    })
    try {
      await Promise.race([closeAll(), timeUp])
    } finally {
      limit.abort()
      timeUp.catch(() => {
        // The race is decided; the loser's rejection (the aborted sleep) says nothing new.
      })
    }
    if (failures.length > 0) throw closeFailed(failures)
  }
}

function closeFailed(failures: readonly { readonly name: string; readonly error: unknown }[]): TesseraError {
  const names = failures.map(({ name }) => name).join(', ')
  return new TesseraError('lifecycle/close-failed', `could not close ${names}`, {
    context: { failed: failures.map(({ name }) => name) },
    hint: 'The process has stopped all the same; see the cause',
    cause: new AggregateError(
      failures.map(({ error }) => error),
      names,
    ),
  })
}

/** True when `error` only says that `signal` was aborted, whoever wrapped it: not a failure but obedience. */
export function isStop(error: unknown, signal: AbortSignal): boolean {
  if (!signal.aborted) return false
  for (let cause: unknown = error, depth = 0; cause instanceof Error && depth < 8; cause = cause.cause, depth++)
    if (cause === signal.reason || cause.name === 'AbortError' || isTesseraError(cause, 'lifecycle/stopped'))
      return true
  return false
}
