// Whether an action is the last one that a phase waits for: then its author sends the step that follows in the same transaction.

import { hasSlot, withSlot } from './bitmap.ts'
import type { RoundState, RunState } from './runState.ts'
import { verdictOf } from './verdict.ts'

/** An action of a slot in the round under way, or in the scores of an epoch. Who proposes attests by it. */
export type SlotAction =
  | { readonly kind: 'commit' | 'reveal' | 'propose' | 'attest' | 'refuse'; readonly slot: number }
  | { readonly kind: 'commitScores'; readonly epoch: bigint; readonly slot: number }

/** True when the phase waits for nobody any more after the action: `advance`, or `advanceEpoch`, does something then. */
export function wouldEnd(state: RunState, action: SlotAction): boolean {
  if (action.kind === 'commitScores') {
    const epoch = state.epochs.get(action.epoch)
    return epoch?.phase === 'Commit' && completes(epoch.committed, epoch.validators, action.slot)
  }
  const { phase, round } = state
  if (round === null || round.end !== null) return false
  switch (action.kind) {
    case 'commit':
      return (phase === 'Train' || phase === 'Commit') && completes(round.committed, round.miners, action.slot)
    case 'reveal':
      return phase === 'Reveal' && completes(round.revealed, round.committed, action.slot)
    default:
      return phase === 'Attest' && decides(round, action.slot, action.kind !== 'refuse')
  }
}

function completes(done: bigint, awaited: bigint, slot: number): boolean {
  return hasSlot(awaited & ~done, slot) && withSlot(done, slot) === awaited
}

function decides(round: RoundState, slot: number, agrees: boolean): boolean {
  if (!hasSlot(round.validators & ~round.attested & ~round.refused, slot)) return false
  const vote = agrees ? { attested: withSlot(round.attested, slot) } : { refused: withSlot(round.refused, slot) }
  return verdictOf(round) === 'Open' && verdictOf({ ...round, ...vote }) !== 'Open'
}
