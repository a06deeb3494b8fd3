// What a run waits for, and until when. Times are unix seconds of the chain's clock: a phase is over when the block's time is
// past its deadline, not at it, or as soon as everyone it waits for has acted. Whether an action of one's own is the last one of a
// phase: phaseEnd.ts.

import { type EpochState, type RoundState, type RunState, stayingMembers } from './runState.ts'
import { freeOf } from './sponsorship.ts'
import { EPOCH_RING } from './tags.ts'
import { verdictOf } from './verdict.ts'

/**
 * The last second in which nobody can advance the run: `advance` does something after it. 0 for one that can be advanced at once,
 * as an idle run that may go on or a phase in which all have acted; null when there is nothing to wait for.
 */
export function dueAt(state: RunState): bigint | null {
  const { phase, round } = state
  if (phase === 'None' || phase === 'Ended') return null
  if (phase === 'Idle') return suffices(state) && canOpenEpoch(state) ? 0n : null
  if (round === null) return null
  return allActed(state, round) ? 0n : round.deadline
}

/** Whether `advance` would do something in a block of time `now`. */
export function isDue(state: RunState, now: bigint): boolean {
  const at = dueAt(state)
  return at !== null && now > at
}

/** Whether the open phase of a round waits for nobody any more. */
function allActed({ phase }: RunState, round: RoundState): boolean {
  if (phase === 'Reveal') return round.revealed === round.committed
  if (phase === 'Attest') return verdictOf(round) !== 'Open'
  return round.committed === round.miners
}

/**
 * The last second in which nobody can close the commit phase of an epoch's scores: `advanceEpoch` does something after it. 0 once
 * all have committed; null in other phases.
 */
export function epochDueAt(epoch: EpochState): bigint | null {
  if (epoch.phase !== 'Commit') return null
  return epoch.committed === epoch.validators ? 0n : epoch.deadline
}

/** Whether `advanceEpoch` would do something in a block of time `now`. */
export function epochIsDue(epoch: EpochState, now: bigint): boolean {
  const at = epochDueAt(epoch)
  return at !== null && now > at
}

/** Whether enough members stay for another round. */
export function suffices(state: RunState): boolean {
  if (state.params === null) return false
  const { minMiners, minValidators } = state.params
  return (
    stayingMembers(state, 'miner').length >= minMiners && stayingMembers(state, 'validator').length >= minValidators
  )
}

/** Whether the pot that the run wants is there for the next epoch, and the coordinator has room for another epoch. */
export function canOpenEpoch(state: RunState): boolean {
  const next = BigInt(state.epochs.size) + 1n
  const before = state.epochs.get(next - EPOCH_RING)
  return (before === undefined || before.phase === 'Settled') && isFunded(state)
}

/** Whether the next epoch has the pot that the run wants, in its own token: others do not count. */
function isFunded(state: RunState): boolean {
  if (state.params === null) return false
  if (state.params.rewardToken !== state.native) return isFit(state, state.source)
  return state.granted >= state.params.minPot
}

/** Whether a sponsorship is in the run's token and has at least the run's least pot in the next epoch: see useSponsorship. */
export function isFit({ params, sponsorships, epochs }: RunState, source: bigint): boolean {
  const sponsorship = sponsorships.get(source)
  if (params === null || sponsorship === undefined) return false
  const free = freeOf(sponsorship, BigInt(epochs.size))
  const pot = free < sponsorship.perEpoch ? free : sponsorship.perEpoch
  return sponsorship.token === params.rewardToken && pot >= params.minPot
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
