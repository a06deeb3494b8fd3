// Waits for the network to reach a state, look by look, never for a time to pass. The limit only turns a network that stands
// still into a failure that says what was waited for.

import { setTimeout as delay } from 'node:timers/promises'
import type { Followed, RunFollower } from '@tessera/chain/follow'
import { TesseraError } from '@tessera/protocol/errors'

const LOOK_MS = 200

export async function until(
  follower: RunFollower,
  what: string,
  condition: (view: Followed) => boolean | Promise<boolean>,
  options: { signal: AbortSignal; limitMs: number },
): Promise<Followed> {
  const limit = AbortSignal.timeout(options.limitMs)
  for (;;) {
    await look(follower, options.signal)
    const view = follower.current
    if (view !== undefined && (await condition(view))) return view
    if (limit.aborted) {
      const { round, phase } = view?.state ?? {}
      throw new Error(`waited ${options.limitMs} ms for: ${what}; the run is in round ${round?.id} ${phase}`)
    }
    await delay(LOOK_MS, undefined, { signal: options.signal })
  }
}

/** A chain that is down for a moment, because a test killed it, is looked at again. */
async function look(follower: RunFollower, signal: AbortSignal): Promise<void> {
  try {
    await follower.poll(signal)
  } catch (error) {
    if (!(error instanceof TesseraError) || !error.retryable) throw error
  }
}
