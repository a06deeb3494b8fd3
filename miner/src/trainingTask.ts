// What a miner has to train now, by what the chain says: the round that is open, or, where rounds overlap, the next one while the
// present one is revealed and attested. Pure; doing it is the trainer's.

import { hasSlot } from '@tessera/protocol/bitmap'
import type { Hex } from '@tessera/protocol/hex'
import type { RunState } from '@tessera/protocol/runState'
import { type OverlapRule, type TrainingStart, trainingStart } from '@tessera/protocol/trainingStart'

export interface TrainingTask {
  readonly round: bigint
  /** Of the assignment; tells the round from its namesake on a chain that lost blocks. */
  readonly seed: Hex
  readonly baseRoot: Hex
  readonly slot: number
  readonly rank: number
}

/** Undefined when there is nothing to begin: not a member, between phases, or the last round of the run. */
export function taskIn(state: RunState, slot: number | undefined, rule: OverlapRule): TrainingTask | undefined {
  if (slot === undefined || state.round === null) return undefined
  const start = state.phase === 'Train' ? trainingStart(state, state.round.id, rule) : nextStart(state, rule)
  if (start === undefined || !takesPart(state, start.round, slot)) return undefined
  return { round: start.round, seed: start.seed, baseRoot: start.baseRoot, slot, rank: start.rankOf(slot) }
}

/** Whether a task that was begun is still worth finishing. */
export function isWanted(state: RunState, task: TrainingTask, rule: OverlapRule): boolean {
  const { round, phase } = state
  if (round === null || trainingStart(state, task.round, rule)?.seed !== task.seed) return false
  if (!takesPart(state, task.round, task.slot)) return false
  return round.id === task.round
    ? phase === 'Train' || phase === 'Commit'
    : nextStart(state, rule)?.round === task.round
}

/** Of the round after the present one, once the present one's commits have closed. */
function nextStart(state: RunState, rule: OverlapRule): TrainingStart | undefined {
  const { round, phase, params } = state
  if (round === null || phase === 'Train' || phase === 'Commit' || phase === 'Ended') return undefined
  const next = round.id + 1n
  const isLast = params !== null && params.maxRounds !== 0n && next > params.maxRounds
  return isLast ? undefined : trainingStart(state, next, rule)
}

/** Of a round that has not opened: as it would if it opened now. */
function takesPart(state: RunState, round: bigint, slot: number): boolean {
  if (state.round?.id === round) return hasSlot(state.round.miners, slot)
  return state.miners.get(slot)?.leaving === false
}
