// Events of an epoch: opening, closing, scores, settlement.

import { hasSlot, withSlot } from './bitmap.ts'
import { dueOf, settlementOf } from './epochSettlement.ts'
import type { EpochEvent, RunParams } from './events.ts'
import { bytesToHex, hexToBytes, isHex } from './hex.ts'
import { known, must } from './impossible.ts'
import { canOpenEpoch, epochIsFull, openEpoch, suffices } from './phase.ts'
import type { EpochState, RunState } from './runState.ts'
import { encodeScores, scoreCommitment } from './scoreCommitment.ts'

type Named<Name extends EpochEvent['name']> = Extract<EpochEvent, { name: Name }>

export function epochOpened(state: RunState, event: Named<'EpochOpened'>, params: RunParams): RunState {
  must(openEpoch(state) === undefined, event, 'another epoch is open')
  must(event.epoch === BigInt(state.epochs.size) + 1n, event, `the next epoch is ${state.epochs.size + 1}`)
  must(event.firstRound === (state.round?.id ?? 0n) + 1n, event, 'it begins with the next round')
  must(event.pot === params.epochPot, event, `the pot is ${params.epochPot}`)
  must(canOpenEpoch(state), event, 'the pot is not funded, or an old epoch is not settled')
  must(suffices(state), event, 'there are too few members')
  must(state.phase !== 'Ended' && (state.round === null || state.round.end !== null), event, 'no round can follow')
  const epoch: EpochState = {
    id: event.epoch,
    phase: 'Open',
    firstRound: event.firstRound,
    lastRound: 0n,
    deadline: 0n,
    pot: event.pot,
    escrowed: false,
    miners: 0n,
    validators: 0n,
    minerOperators: new Map(),
    validatorOperators: new Map(),
    weights: new Map(),
    committed: 0n,
    revealed: 0n,
    commitments: new Map(),
    opened: new Map(),
    settlement: null,
  }
  return withEpoch(state, epoch)
}

export function epochClosed(state: RunState, event: Named<'EpochClosed'>, params: RunParams): RunState {
  const epoch = inPhase(state, event, 'Open')
  const round = known(state.round, event, 'no round has opened')
  must(round.end !== null && round.id === event.lastRound, event, `round ${round.id} is the last one that opened`)
  const ends = round.id === params.maxRounds
  must(ends || !suffices(state) || epochIsFull(state, epoch), event, 'the epoch could go on')
  must(event.miners === epoch.miners, event, `its miners are ${epoch.miners}`)
  must(event.validators === epoch.validators, event, `its validators are ${epoch.validators}`)
  return withEpoch(state, { ...epoch, phase: 'Commit', lastRound: event.lastRound, deadline: event.deadline })
}

export function scoresCommitted(state: RunState, event: Named<'ScoresCommitted'>): RunState {
  const epoch = inPhase(state, event, 'Commit')
  checkValidator(epoch, event)
  must(!hasSlot(epoch.committed, event.slot), event, `slot ${event.slot} has committed already`)
  const commitments = new Map(epoch.commitments).set(event.slot, event.commitment)
  return withEpoch(state, { ...epoch, committed: withSlot(epoch.committed, event.slot), commitments })
}

export function scoreRevealOpened(state: RunState, event: Named<'ScoreRevealOpened'>): RunState {
  const epoch = inPhase(state, event, 'Commit')
  return withEpoch(state, { ...epoch, phase: 'Reveal', deadline: event.deadline })
}

export function scoresRevealed(state: RunState, event: Named<'ScoresRevealed'>, params: RunParams): RunState {
  const epoch = inPhase(state, event, 'Reveal')
  checkValidator(epoch, event)
  const { slot, operator, scores, receiptsDigest, receiptsSize } = event
  const commitment = known(epoch.commitments.get(slot), event, `slot ${slot} has not committed`)
  must(!hasSlot(epoch.revealed, slot), event, `slot ${slot} has revealed already`)
  must(isHex(scores, 2 * params.maxMiners), event, `scores of another length than ${params.maxMiners} slots have`)
  const opened = scoreCommitment({ ...event, validator: operator, scores: hexToBytes(scores) })
  must(opened === commitment, event, `it opens ${opened}, committed is ${commitment}`)
  const all = new Map(epoch.opened).set(slot, { slot, operator, scores, receiptsDigest, receiptsSize })
  return withEpoch(state, { ...epoch, revealed: withSlot(epoch.revealed, slot), opened: all })
}

/** INVARIANT: medians and sums are those that this package computes, to the wei. */
export function epochSettled(state: RunState, event: Named<'EpochSettled'>): RunState {
  const epoch = inPhase(state, event, 'Reveal')
  must(epoch.escrowed, event, 'its pot was never set aside')
  const { settlement } = settlementOf(state, epoch)
  // Without a quorum the contract looks at no medians and repeats none.
  const medians = settlement.quorum ? bytesToHex(encodeScores(settlement.medians)) : '0x'
  must(event.medians === medians, event, `the medians are ${medians}`)
  must(event.paid === settlement.paid, event, `${settlement.paid} wei are due`)
  must(event.returned === settlement.returned, event, `${settlement.returned} wei are to be returned`)
  const settled: EpochState = {
    ...epoch,
    phase: 'Settled',
    settlement: {
      medians: settlement.medians,
      paid: settlement.paid,
      returned: settlement.returned,
      due: dueOf(state, epoch, settlement),
      credited: new Map(),
      restReturned: false,
    },
  }
  return { ...withEpoch(state, settled), paying: epoch.pot === 0n ? null : epoch.id }
}

function inPhase(state: RunState, event: EpochEvent, phase: EpochState['phase']): EpochState {
  const epoch = known(state.epochs.get(event.epoch), event, `epoch ${event.epoch} never opened`)
  must(epoch.phase === phase, event, `epoch ${epoch.id} is in phase ${epoch.phase}`)
  return epoch
}

function checkValidator(epoch: EpochState, event: Named<'ScoresCommitted' | 'ScoresRevealed'>): void {
  must(hasSlot(epoch.validators, event.slot), event, `slot ${event.slot} took no part in the epoch`)
  const operator = epoch.validatorOperators.get(event.slot)
  must(operator === event.operator, event, `slot ${event.slot} is that of ${operator}`)
}

export function withEpoch(state: RunState, epoch: EpochState): RunState {
  return { ...state, epochs: new Map(state.epochs).set(epoch.id, epoch) }
}
