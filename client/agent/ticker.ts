// Calls one function at an interval, never twice at once. A tick that comes due while the last one still runs is skipped, not queued:
// a slow machine falls behind by one tick, not by a backlog. Knows no rounds: what to do in a tick is the caller's.

import { isTesseraError } from '@tessera/protocol/errors'
import { type Clock, systemClock } from './clock.ts'

export interface TickerOptions {
  readonly intervalMs: number
  /** One tick; `signal` is the ticker's. */
  readonly tick: (signal: AbortSignal) => Promise<void>
  /** Told of every error, to log and count it. Whether the ticker goes on is not its decision. */
  readonly onError: (error: unknown) => void
  readonly signal: AbortSignal
  readonly clock?: Clock
}

/**
 * Runs until the signal aborts, the first tick at once, then at whole multiples of the interval after the start. A retryable error is
 * told and the next tick tries again.
 * @throws the first error that is not retryable, after telling it: the caller stops the process
 */
export async function runTicker(options: TickerOptions): Promise<void> {
  const { intervalMs, tick, onError, signal, clock = systemClock } = options
  if (!(intervalMs > 0)) throw new RangeError(`interval ${intervalMs}`)
  const startedAt = clock.now()
  while (!signal.aborted) {
    try {
      await tick(signal)
    } catch (error) {
      // An error of a tick that was told to stop is how it stops.
      if (signal.aborted) return
      onError(error)
      if (!isTesseraError(error) || !error.retryable) throw error
    }
    const now = clock.now()
    const passed = Math.max(0, now - startedAt)
    const due = startedAt + (Math.floor(passed / intervalMs) + 1) * intervalMs
    // At most one interval: a wall clock that was set back must not stop the ticks until it has caught up.
    await clock.sleep(Math.min(due - now, intervalMs), signal).catch((reason: unknown) => {
      if (!signal.aborted) throw reason
    })
  }
}
