// Which rounds' contributions a node keeps, and which of these it may not let go of for want of room: one rule, from the chain's state
// alone. Deleting is the blob keeper's.

import type { Followed } from '@tessera/chain/follow'
import { roundOf } from '@tessera/protocol/runState'

export interface KeepingRule {
  /** Rounds that are kept for who comes late, as long as there is room. */
  readonly keepRounds: number
  /** For how long after its end a round may be disputed. */
  readonly disputeSeconds: number
}

export interface RoundsToKeep {
  /** Rounds before it are of no use any more. */
  readonly keepFromRound: number
  /** This round and later ones are kept whatever it takes. */
  readonly protectedFromRound: number
}

/**
 * Protected are the round under way, the rounds of epochs that are not settled, since they are still to be scored and paid, and those
 * that may have ended less than `disputeSeconds` ago.
 */
export function roundsToKeep(view: Followed, { keepRounds, disputeSeconds }: KeepingRule): RoundsToKeep {
  const present = Number(view.state.round?.id ?? 0n)
  const protectedFromRound = Math.max(0, Math.min(firstUnsettled(view), firstDisputable(view, present, disputeSeconds)))
  return { keepFromRound: Math.max(0, Math.min(present - keepRounds, protectedFromRound)), protectedFromRound }
}

function firstUnsettled({ state }: Followed): number {
  const open = [...state.epochs.values()].filter(({ phase }) => phase !== 'Settled')
  return Math.min(...open.map(({ firstRound }) => Number(firstRound)))
}

/**
 * The chain's state has no time at which a round ended. It was over when the next one had a phase, and that phase's deadline is later
 * than its beginning: too late by a round at most, and never too early.
 */
function firstDisputable({ state, block }: Followed, present: number, disputeSeconds: number): number {
  const since = block.timestamp - BigInt(disputeSeconds)
  let first = present
  while (first > 1 && (roundOf(state, BigInt(first))?.deadline ?? 0n) >= since) first--
  return first
}
