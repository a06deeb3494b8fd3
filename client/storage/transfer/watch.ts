// Time limits of one request by its progress: a source that goes on sending is never cut off for the size of a block or for how many
// share its link, and one that stops, or sends drop by drop, soon is.

import { TesseraError } from '@tessera/protocol/errors'
import { abortFault } from '../fault.ts'
import type { Source } from '../source.ts'
import type { Timer } from '../timer.ts'
import type { TransferLimits } from './limits.ts'

export interface Watch {
  readonly signal: AbortSignal
  /** Bytes have come. */
  came(bytes: number): void
  /** It was we who did not read for so long. */
  held(ms: number): void
  stop(reason: unknown): void
  close(): void
}

/** Watches a request to `source` from now on. Its signal aborts with `storage/timeout`, or with the reason of `outer`. */
export function watchProgress(timer: Timer, limits: TransferLimits, source: Source, outer: AbortSignal): Watch {
  const { stallMs, floorMs, floorBytesPerSecond } = limits
  const work = new AbortController()
  const bell = new AbortController()
  const follow = () => work.abort(abortFault(outer))
  let lastAt = timer.now()
  let periodAt = lastAt
  let inPeriod = 0
  const look = async (): Promise<void> => {
    for (let wait = Math.min(stallMs, floorMs); ; ) {
      await timer.sleep(wait, bell.signal)
      const now = timer.now()
      if (now - lastAt >= stallMs) return work.abort(stalled(source, stallMs))
      if (now - periodAt >= floorMs) {
        if (inPeriod * 1_000 < floorBytesPerSecond * floorMs) return work.abort(tooSlow(source, floorBytesPerSecond))
        periodAt = now
        inPeriod = 0
      }
      wait = Math.max(1, Math.min(lastAt + stallMs, periodAt + floorMs) - now)
    }
  }
  if (outer.aborted) follow()
  outer.addEventListener('abort', follow, { once: true })
  look().catch((error: unknown) => {
    if (!bell.signal.aborted) work.abort(error)
  })
  return {
    signal: work.signal,
    came: (bytes) => {
      lastAt = timer.now()
      inPeriod += bytes
    },
    held: (ms) => {
      lastAt = timer.now()
      periodAt += ms
    },
    stop: (reason) => work.abort(reason),
    close: () => {
      outer.removeEventListener('abort', follow)
      bell.abort()
    },
  }
}

/** No byte of an answer for so long. */
export function stalled(source: Source, stallMs: number): TesseraError {
  return new TesseraError('storage/timeout', `${source.base} sent nothing for ${stallMs} ms`, {
    retryable: true,
    hint: 'The source hangs, or its link is down; other sources are asked meanwhile',
    context: { source: source.base, stallMs },
  })
}

function tooSlow(source: Source, floorBytesPerSecond: number): TesseraError {
  return new TesseraError('storage/timeout', `${source.base} sends less than ${floorBytesPerSecond} bytes a second`, {
    retryable: true,
    hint: 'The source is too slow to be of use; other sources are asked meanwhile',
    context: { source: source.base, floorBytesPerSecond },
  })
}
