// How long a node reads contributions: all of a round by one deadline, the chain's.

import type { Followed } from '@tessera/chain/follow'
import { votesEndAt } from '@tessera/protocol/runView'

/** One try at a contribution to a round that is over, which the state is folded from: sources are looked up again for the next. */
const CATCH_UP_MS = 2 * 60_000
/** What is left at the least, when the chain is late with the end of a phase. */
const LEAST_MS = 5_000

/** Milliseconds from now, by the time of the newest block, in which a contribution to the round is of use. */
export function readingDeadline(view: Followed | undefined, round: bigint): number {
  const end = view === undefined ? undefined : votesEndAt(view.state, round)
  if (view === undefined || end === undefined) return CATCH_UP_MS
  return Math.max(LEAST_MS, Number(end - view.block.timestamp) * 1_000)
}
