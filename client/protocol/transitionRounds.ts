// Events of a round up to its reveals: opening, commitments, reveals. How it is decided: transitionAttest.ts.

import { bitmapOf, hasSlot, withSlot } from './bitmap.ts'
import { contributionCommitment } from './commitment.ts'
import type { RoundEvent, RunParams } from './events.ts'
import type { Hex } from './hex.ts'
import { known, must } from './impossible.ts'
import { openEpoch, suffices } from './phase.ts'
import {
  type ContributionState,
  type EpochState,
  type Member,
  type RoundState,
  type RunState,
  stayingMembers,
} from './runState.ts'
import { ZERO_HASH } from './tags.ts'

type Named<Name extends RoundEvent['name']> = Extract<RoundEvent, { name: Name }>

export function roundOpened(state: RunState, event: Named<'RoundOpened'>, params: RunParams): RunState {
  const last = state.round
  must(last === null || last.end !== null, event, `round ${last?.id} is not over`)
  must(state.phase !== 'Ended', event, 'the run has ended')
  must(event.round === (last?.id ?? 0n) + 1n, event, `the next round is ${(last?.id ?? 0n) + 1n}`)
  must(params.maxRounds === 0n || event.round <= params.maxRounds, event, `the run has ${params.maxRounds} rounds`)
  const epoch = known(openEpoch(state), event, 'no epoch is open')
  must(event.epoch === epoch.id, event, `the open epoch is ${epoch.id}`)
  const isFirst = event.round === epoch.firstRound
  must(
    isFirst === (state.booking === epoch.id),
    event,
    `the pots of epoch ${epoch.id} are set aside with its first round`,
  )
  const before = event.round - epoch.firstRound
  must(before >= 0n && before < BigInt(params.roundsPerEpoch), event, `epoch ${epoch.id} has no room for it`)
  must(event.parentRoot === state.stateRoot, event, `the last final root is ${state.stateRoot}`)
  must(suffices(state), event, 'there are too few members')
  const miners = stayingMembers(state, 'miner')
  const validators = stayingMembers(state, 'validator')
  for (const [set, members] of [[event.miners, miners] as const, [event.validators, validators] as const]) {
    const staying = bitmapOf(members.map(({ slot }) => slot))
    must(set === staying, event, `the members are ${staying}`)
  }

  const weights = new Map(validators.map(({ slot, weight }) => [slot, weight]))
  const round: RoundState = {
    ...EMPTY_ROUND,
    id: event.round,
    epoch: event.epoch,
    parentRoot: event.parentRoot,
    trainSeed: event.trainSeed,
    openedAt: event.deadline - BigInt(params.trainSeconds),
    deadline: event.deadline,
    miners: event.miners,
    validators: event.validators,
    minerOperators: operatorsOf(miners),
    validatorOperators: operatorsOf(validators),
    weights,
    totalWeight: [...weights.values()].reduce((sum, weight) => sum + weight, 0n),
  }
  return { ...state, phase: 'Train', round, epochs: new Map(state.epochs).set(epoch.id, grown(epoch, round)) }
}

/** The epoch with the members of one more round. */
function grown(epoch: EpochState, round: RoundState): EpochState {
  const isFirst = round.id === epoch.firstRound
  return {
    ...epoch,
    miners: epoch.miners | round.miners,
    validators: epoch.validators | round.validators,
    minersThroughout: isFirst ? round.miners : epoch.minersThroughout & round.miners,
    validatorsThroughout: isFirst ? round.validators : epoch.validatorsThroughout & round.validators,
    minerRounds: counted(epoch.minerRounds, round.minerOperators),
    validatorRounds: counted(epoch.validatorRounds, round.validatorOperators),
    minerOperators: new Map([...epoch.minerOperators, ...round.minerOperators]),
    validatorOperators: new Map([...epoch.validatorOperators, ...round.validatorOperators]),
    weights: new Map([...epoch.weights, ...round.weights]),
  }
}

function counted(rounds: ReadonlyMap<number, number>, members: ReadonlyMap<number, Hex>): Map<number, number> {
  return new Map([...rounds, ...[...members.keys()].map((slot) => [slot, (rounds.get(slot) ?? 0) + 1] as const)])
}

export function commitCalled(state: RunState, event: Named<'CommitCalled'>): RunState {
  const round = present(state, event)
  must(state.phase === 'Train', event, `the phase is ${state.phase}`)
  must(round.committed !== round.miners, event, 'all have committed')
  return { ...state, phase: 'Commit', round: { ...round, deadline: event.deadline } }
}

export function committed(state: RunState, event: Named<'Committed'>): RunState {
  const round = present(state, event)
  const { slot, commitment, block } = event
  must(state.phase === 'Train' || state.phase === 'Commit', event, `the phase is ${state.phase}`)
  const operator = known(round.minerOperators.get(slot), event, `slot ${slot} takes no part in the round`)
  must(!hasSlot(round.committed, slot), event, `slot ${slot} has committed already`)
  must(commitment !== ZERO_HASH, event, 'a commitment is not zero')
  const contributions = new Map(round.contributions).set(slot, { slot, operator, commitment, block, revealed: null })
  return { ...state, round: { ...round, committed: withSlot(round.committed, slot), contributions } }
}

export function revealOpened(state: RunState, event: Named<'RevealOpened'>): RunState {
  const round = present(state, event)
  const early = state.phase === 'Train' && round.committed === round.miners
  must(early || state.phase === 'Commit', event, `the phase is ${state.phase}`)
  must(round.committed !== 0n, event, 'nobody has committed')
  return { ...state, phase: 'Reveal', round: { ...round, testSeed: event.testSeed, deadline: event.deadline } }
}

export function revealed(state: RunState, event: Named<'Revealed'>, params: RunParams): RunState {
  const round = present(state, event)
  const { slot, contributionRoot, digest, size, salt } = event
  must(state.phase === 'Reveal', event, `the phase is ${state.phase}`)
  const contribution: ContributionState = known(round.contributions.get(slot), event, `slot ${slot} has not committed`)
  must(contribution.revealed === null, event, `slot ${slot} has revealed already`)
  must(size > 0n && size <= BigInt(params.maxBlobBytes), event, `a blob of ${size} bytes`)
  const opened = contributionCommitment(event)
  must(opened === contribution.commitment, event, `it opens ${opened}, committed is ${contribution.commitment}`)
  const order = [...round.contributions.values()].filter((other) => other.revealed !== null).length
  const contributions = new Map(round.contributions).set(slot, {
    ...contribution,
    revealed: { contributionRoot, digest, size, salt, order },
  })
  return { ...state, round: { ...round, revealed: withSlot(round.revealed, slot), contributions } }
}

/** The round that an event is about, which has to be the one under way. */
export function present(state: RunState, event: Extract<RoundEvent, { round: bigint }>): RoundState {
  const round = known(state.round, event, 'no round has opened')
  must(round.id === event.round && round.end === null, event, `round ${event.round} is not under way`)
  return round
}

function operatorsOf(members: readonly Member[]): Map<number, Hex> {
  return new Map(members.map(({ slot, operator }) => [slot, operator]))
}

/** What a round has before anyone acted. */
const EMPTY_ROUND = {
  testSeed: ZERO_HASH,
  committed: 0n,
  revealed: 0n,
  contributions: new Map<number, ContributionState>(),
  attempt: 0,
  leader: -1,
  led: 0n,
  proposed: false,
  included: 0n,
  nextRoot: ZERO_HASH,
  proposal: ZERO_HASH,
  attested: 0n,
  refused: 0n,
  worse: 0n,
  end: null,
} as const
