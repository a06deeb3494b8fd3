// Repeats an attempt whose error says that it may succeed later, waiting longer each time. Only services use it: libraries throw and
// leave the policy to their caller. An error that is not marked retryable is thrown at once.

import { isTesseraError } from '@tessera/protocol/errors'
import { type Clock, systemClock } from './clock.ts'

export interface RetryOptions {
  /** Attempts in all. */
  readonly tries?: number
  /** No new attempt starts later than this after the first, milliseconds. */
  readonly totalMs?: number
  /** Wait before the second attempt; doubled before each further one. */
  readonly baseMs?: number
  /** The longest wait. */
  readonly maxMs?: number
  readonly clock?: Clock
  /** From 0 to below 1. */
  readonly random?: () => number
  readonly signal?: AbortSignal | undefined
  /** Told before each wait: to log, to count. */
  readonly onRetry?: (error: unknown, attempt: number, waitMs: number) => void
}

export const RETRY_DEFAULTS = { tries: 6, totalMs: 60_000, baseMs: 250, maxMs: 10_000 } as const

/**
 * The result of the first attempt that succeeds. `attempt` is given its number, from 1.
 * @throws the last attempt's error, as it was; or the signal's reason
 */
export async function retry<T>(attempt: (number: number) => Promise<T>, options: RetryOptions = {}): Promise<T> {
  const { clock = systemClock, random = Math.random, signal, onRetry } = options
  const { tries, totalMs, baseMs, maxMs } = { ...RETRY_DEFAULTS, ...options }
  const startedAt = clock.now()
  for (let number = 1; ; number++) {
    signal?.throwIfAborted()
    try {
      return await attempt(number)
    } catch (error) {
      if (!isTesseraError(error) || !error.retryable || number >= tries || signal?.aborted) throw error
      // Between half and all of the doubling wait: agents that failed together do not come back together.
      const waitMs = Math.round(Math.min(maxMs, baseMs * 2 ** (number - 1)) * (0.5 + random() / 2))
      if (clock.now() + waitMs - startedAt > totalMs) throw error
      onRetry?.(error, number, waitMs)
      await clock.sleep(waitMs, signal)
    }
  }
}
