// Events of an epoch: opening, closing, scores, settlement.

import { hasSlot, withSlot } from './bitmap.ts'
import { type EpochSettlement, settlementOf } from './epochSettlement.ts'
import type { EpochEvent, RunParams } from './events.ts'
import { bytesToHex, hexToBytes, isHex } from './hex.ts'
import { known, must } from './impossible.ts'
import { canOpenEpoch, epochIsFull, openEpoch, suffices } from './phase.ts'
import type { EpochState, RunState } from './runState.ts'
import { encodeScores, scoreCommitment } from './scoreCommitment.ts'
import { ZERO_HASH } from './tags.ts'

type Named<Name extends EpochEvent['name']> = Extract<EpochEvent, { name: Name }>

export function epochOpened(state: RunState, event: Named<'EpochOpened'>, params: RunParams): RunState {
  must(openEpoch(state) === undefined, event, 'another epoch is open')
  must(event.epoch === BigInt(state.epochs.size) + 1n, event, `the next epoch is ${state.epochs.size + 1}`)
  must(event.firstRound === (state.round?.id ?? 0n) + 1n, event, 'it begins with the next round')
  must(canOpenEpoch(state), event, 'the pot is not there, or an old epoch is not settled')
  must(suffices(state), event, 'there are too few members')
  const between = state.round === null || (state.round.end !== null && state.round.id !== params.maxRounds)
  must(state.phase !== 'Ended' && between, event, 'no round can follow')
  const epoch: EpochState = {
    id: event.epoch,
    phase: 'Open',
    firstRound: event.firstRound,
    lastRound: 0n,
    deadline: 0n,
    closedAt: 0n,
    finalRounds: 0,
    pots: null,
    miners: 0n,
    validators: 0n,
    minersThroughout: 0n,
    validatorsThroughout: 0n,
    minerRounds: new Map(),
    validatorRounds: new Map(),
    minerOperators: new Map(),
    validatorOperators: new Map(),
    weights: new Map(),
    committed: 0n,
    revealed: 0n,
    commitments: new Map(),
    opened: new Map(),
    settledSlots: 0,
    settlement: null,
  }
  return { ...withEpoch(state, epoch), booking: epoch.id }
}

export function epochClosed(state: RunState, event: Named<'EpochClosed'>, params: RunParams): RunState {
  const epoch = inPhase(state, event, 'Open')
  const round = known(state.round, event, 'no round has opened')
  must(round.end !== null && round.id === event.lastRound, event, `round ${round.id} is the last one that opened`)
  const ends = round.id === params.maxRounds
  must(ends || !suffices(state) || epochIsFull(state, epoch), event, 'the epoch could go on')
  must(event.finalRounds === epoch.finalRounds, event, `${epoch.finalRounds} of its rounds are final`)
  must(event.miners === epoch.miners, event, `its miners are ${epoch.miners}`)
  must(event.validators === epoch.validators, event, `its validators are ${epoch.validators}`)
  const { lastRound, deadline } = event
  const closedAt = deadline - BigInt(params.scoreCommitSeconds)
  return withEpoch(state, { ...epoch, phase: 'Commit', lastRound, deadline, closedAt })
}

export function scoresCommitted(state: RunState, event: Named<'ScoresCommitted'>): RunState {
  const epoch = inPhase(state, event, 'Commit')
  checkValidator(epoch, event)
  must(!hasSlot(epoch.committed, event.slot), event, `slot ${event.slot} has committed already`)
  must(event.commitment !== ZERO_HASH, event, 'a commitment is not zero')
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
  must(epoch.settledSlots === 0, event, 'its settlement has begun')
  must(isHex(scores, 2 * params.maxMiners), event, `scores of another length than ${params.maxMiners} slots have`)
  const opened = scoreCommitment({ ...event, validator: operator, scores: hexToBytes(scores) })
  must(opened === commitment, event, `it opens ${opened}, committed is ${commitment}`)
  const all = new Map(epoch.opened).set(slot, { slot, operator, scores, receiptsDigest, receiptsSize })
  return withEpoch(state, { ...epoch, revealed: withSlot(epoch.revealed, slot), opened: all })
}

/** INVARIANT: the medians of a page are those that this package computes; pages follow one another, in whole words of ranks. */
export function mediansVerified(state: RunState, event: Named<'MediansVerified'>): RunState {
  const epoch = inPhase(state, event, 'Reveal')
  const settlement = settlementOf(state, epoch)
  must(settlement.quorum, event, 'less than half of the weight has revealed')
  must(event.firstSlot === epoch.settledSlots, event, `the next page begins with slot ${epoch.settledSlots}`)
  must(isHex(event.medians), event, 'the medians are no bytes')
  const page = hexToBytes(event.medians).length / 2
  const left = settlement.medians.length - epoch.settledSlots
  must(page === left || (page > 0 && page < left && page % 8 === 0), event, `a page of ${page} slots of ${left}`)
  const end = epoch.settledSlots + page
  const medians = bytesToHex(encodeScores(settlement.medians.subarray(epoch.settledSlots, end)))
  must(event.medians === medians, event, `the medians are ${medians}`)
  return withEpoch(state, { ...epoch, settledSlots: end })
}

/** INVARIANT: what is earned is what this package computes, to the last unit. */
export function epochSettled(state: RunState, event: Named<'EpochSettled'>, params: RunParams): RunState {
  const epoch = inPhase(state, event, 'Reveal')
  must(epoch.pots !== null, event, 'its pots were never set aside')
  const settlement: EpochSettlement = settlementOf(state, epoch)
  // Without a quorum the contract looks at no medians and repeats none.
  const wanted = settlement.quorum ? params.maxMiners : 0
  must(epoch.settledSlots === wanted, event, `${epoch.settledSlots} slots of ${wanted} are settled`)
  const { medians, ranks, totalShare, shares, ownerShare } = settlement
  must(event.totalShare === totalShare, event, `earned is ${totalShare}`)
  const booked = { medians, ranks, totalShare, shares, ownerShare, booked: false, claimed: new Map<string, bigint>() }
  return { ...withEpoch(state, { ...epoch, phase: 'Settled', settlement: booked }), booking: epoch.id }
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
