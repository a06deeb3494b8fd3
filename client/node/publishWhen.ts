// When others may see a blob that this node has put. Before the commits of its round are closed, whoever sees a contribution could commit
// the same records; before those of its epoch's scores are, whoever sees receipts could copy the scores. A node's own gateway and
// bucket hold blobs from the start, under addresses that nobody can guess; a relay or a pinning service is told of them, so it waits.

import type { RunState } from '@tessera/protocol/runState'

/** Whether nobody can commit a contribution to this round any more. */
export function commitsClosed({ round, phase }: RunState, id: bigint): boolean {
  if (round === null || id > round.id) return false
  return id < round.id || (phase !== 'Train' && phase !== 'Commit')
}

/** Whether nobody can commit scores of the epoch that this round belongs to any more. */
export function scoresClosed(state: RunState, id: bigint): boolean {
  if (!commitsClosed(state, id)) return false
  const epoch = [...state.epochs.values()].find(
    ({ firstRound, lastRound }) => firstRound <= id && (lastRound === 0n || id <= lastRound),
  )
  return epoch !== undefined && (epoch.phase === 'Reveal' || epoch.phase === 'Settled')
}
