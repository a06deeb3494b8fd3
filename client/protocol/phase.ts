// What a run waits for, and until when. Times are unix seconds of the chain's clock: a phase is over when the block's time is
// past its deadline, not at it.

import { type EpochState, type RunState, stayingMembers } from './runState.ts'
import { EPOCH_RING } from './tags.ts'

/**
 * The last second of the present phase: `advance` does something after it. 0 for an idle run that may go on at once, null when
 * there is nothing to wait for.
 */
export function dueAt(state: RunState): bigint | null {
  const { phase, round } = state
  if (phase === 'None' || phase === 'Ended') return null
  if (phase === 'Idle') return suffices(state) && canOpenEpoch(state) ? 0n : null
  return round?.deadline ?? null
}

/** Whether `advance` would do something in a block of time `now`. */
export function isDue(state: RunState, now: bigint): boolean {
  const at = dueAt(state)
  return at !== null && now > at
}

/** The last second in which scores of an epoch may be committed: `advanceEpoch` does something after it. Null in other phases. */
export function epochDueAt(epoch: EpochState): bigint | null {
  return epoch.phase === 'Commit' ? epoch.deadline : null
}

/** Whether enough members stay for another round. */
export function suffices(state: RunState): boolean {
  if (state.params === null) return false
  const { minMiners, minValidators } = state.params
  return (
    stayingMembers(state, 'miner').length >= minMiners && stayingMembers(state, 'validator').length >= minValidators
  )
}

/** Whether the next epoch's pot is there and the coordinator has room for another epoch. */
export function canOpenEpoch(state: RunState): boolean {
  if (state.params === null || state.funds < state.params.epochPot) return false
  const next = BigInt(state.epochs.size) + 1n
  const before = state.epochs.get(next - EPOCH_RING)
  return before === undefined || before.phase === 'Settled'
}

/** Whose action the present phase waits for. */
export interface Awaited {
  readonly role: 'miner' | 'validator'
  readonly action: 'commit' | 'reveal' | 'propose' | 'vote'
  /** Bitmap of those that have not acted yet. */
  readonly slots: bigint
}

/** Null when it waits for nobody in particular. For displays of a run, of which there is none yet: @testonly. */
export function awaited(state: RunState): Awaited | null {
  const { phase, round } = state
  if (round === null || round.end !== null) return null
  if (phase === 'Train' || phase === 'Commit')
    return { role: 'miner', action: 'commit', slots: round.miners & ~round.committed }
  if (phase === 'Reveal') return { role: 'miner', action: 'reveal', slots: round.committed & ~round.revealed }
  if (phase !== 'Attest') return null
  if (!round.proposed) return { role: 'validator', action: 'propose', slots: 1n << BigInt(round.leader) }
  return { role: 'validator', action: 'vote', slots: round.validators & ~round.attested & ~round.refused }
}

/** Whether the open epoch has had all its rounds. */
export function epochIsFull(state: RunState, epoch: EpochState): boolean {
  const done = (state.round?.id ?? 0n) + 1n - epoch.firstRound
  return state.params !== null && done === BigInt(state.params.roundsPerEpoch)
}

/** The last epoch, if its rounds still run. */
export function openEpoch(state: RunState): EpochState | undefined {
  const last = state.epochs.get(BigInt(state.epochs.size))
  return last?.phase === 'Open' ? last : undefined
}
