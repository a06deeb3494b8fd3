// The clock every service is given instead of reading time itself. Wall time in milliseconds and a sleep that an AbortSignal ends.
// Not a scheduler: ticker.ts calls things at intervals, and the phases of a round are the protocol's.

/** Time as a service sees it; tests hand in a ManualClock. */
export interface Clock {
  /** Milliseconds since the Unix epoch. May step when the machine's clock is set: measure short spans only. */
  now(): number
  /** Resolves after `ms` milliseconds (at once when not positive); rejects with the signal's reason if that aborts first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

// Node fires a timer longer than 2^31 - 1 ms at once, so longer sleeps are taken in pieces.
const LONGEST_TIMER_MS = 2 ** 31 - 1

/** The machine's clock. A sleep keeps the process alive until it ends. */
export const systemClock: Clock = {
  now: () => Date.now(),
  async sleep(ms, signal) {
    signal?.throwIfAborted()
    for (let left = ms; left > 0; left -= LONGEST_TIMER_MS) await timer(Math.min(left, LONGEST_TIMER_MS), signal)
  },
}

function timer(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      clearTimeout(handle)
      reject(signal?.reason)
    }
    const handle = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort)
      resolve()
    }, ms)
    signal?.addEventListener('abort', onAbort, { once: true })
  })
}
