// Waiting, as the fetcher and the gateway do it: one injected `sleep`, and spans of work that end with a deadline.
// Nothing here needs to know what time it is, only how much has passed. The agent's Clock fits this interface as it is.

import { abortFault } from './fault.ts'

export interface Timer {
  /** Milliseconds since some moment: for how long something took. */
  now(): number
  /** Resolves after `ms` milliseconds; rejects when the signal aborts first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

// A timer of more than 2^31 - 1 ms fires at once; nothing here waits for 24 days.
const LONGEST_MS = 2 ** 31 - 1

/** The machine's timer. A sleep under way keeps the process alive. */
export const systemTimer: Timer = {
  now: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(abortFault(signal))
      const timer = setTimeout(
        () => {
          signal?.removeEventListener('abort', onAbort)
          resolve()
        },
        Math.min(ms, LONGEST_MS),
      )
      const onAbort = () => {
        clearTimeout(timer)
        if (signal !== undefined) reject(abortFault(signal))
      }
      signal?.addEventListener('abort', onAbort, { once: true })
    }),
}

/** A piece of work that ends early when time runs out or when whoever asked for it stops. */
export interface Span {
  readonly signal: AbortSignal
  /** Ends the work with `reason`, unless something else did so before. */
  stop(reason: unknown): void
  /** Lets go of timer and parent. To be called in a `finally`. */
  close(): void
}

/**
 * A signal that aborts with `late()` after `ms`, or when `outer` does, with its reason as an error of ours. AbortSignal.any would do the
 * second half, but it keeps one entry per call alive for as long as `outer` lives, and there is one call for each block.
 */
export function startSpan(timer: Timer, ms: number, late: () => unknown, outer?: AbortSignal): Span {
  const work = new AbortController()
  const bell = new AbortController()
  const follow = () => work.abort(outer === undefined ? undefined : abortFault(outer))
  if (outer?.aborted) follow()
  outer?.addEventListener('abort', follow, { once: true })
  timer.sleep(ms, bell.signal).then(
    () => work.abort(late()),
    (error) => {
      if (!bell.signal.aborted) work.abort(error)
    },
  )
  return {
    signal: work.signal,
    stop: (reason) => work.abort(reason),
    close: () => {
      outer?.removeEventListener('abort', follow)
      bell.abort()
    },
  }
}
