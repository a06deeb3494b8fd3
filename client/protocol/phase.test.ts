import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isSettleable } from './epochSettlement.ts'
import { awaited, dueAt, epochDueAt, isDue } from './phase.ts'
import { playReveals, playRound, playScores, staffedRun } from './plays.fixture.ts'
import type { RunSimulator } from './runSimulator.fixture.ts'
import { initialState, membersOf, type RunState, stayingMembers } from './runState.ts'
import { addressOf, COORDINATOR, ETHER, RUN } from './simulatedRun.fixture.ts'
import { transition } from './transition.ts'

const stateOf = (run: RunSimulator): RunState => run.events.reduce(transition, initialState(RUN, COORDINATOR))

test('a phase is due when its deadline is past, not at it', () => {
  const run = staffedRun()
  run.advance()
  const state = stateOf(run)
  const { deadline } = state.round!
  assert.equal(dueAt(state), deadline)
  assert.deepEqual([isDue(state, deadline), isDue(state, deadline + 1n)], [false, true])
})

test('an idle run is due at once when members and funds suffice, else never', () => {
  const run = staffedRun()
  assert.equal(isDue(stateOf(run), 1n), true)
  run.leave('miner', 0)
  assert.equal(dueAt(stateOf(run)), null)
  const poor = staffedRun({ epochPot: 5001n * ETHER })
  assert.equal(dueAt(stateOf(poor)), null)
  poor.fund(ETHER)
  assert.equal(isDue(stateOf(poor), 1n), true)
  assert.equal(dueAt(initialState(RUN, COORDINATOR)), null)
})

test('no epoch opens while the one eight before it is not settled', () => {
  const run = staffedRun({ roundsPerEpoch: 1, epochPot: ETHER })
  for (let round = 0; round < 8; round++) playRound(run)
  const state = stateOf(run)
  assert.equal(state.phase, 'Idle')
  assert.equal(state.epochs.size, 8)
  assert.equal(dueAt(state), null)
  playScores(run, 2n)
  assert.equal(dueAt(stateOf(run)), null)
  playScores(run, 1n)
  assert.equal(isDue(stateOf(run), 1n), true)
})

test('an ended run waits for nothing', () => {
  const run = staffedRun({ maxRounds: 1n })
  playRound(run)
  const state = stateOf(run)
  assert.equal(state.phase, 'Ended')
  assert.deepEqual([dueAt(state), awaited(state)], [null, null])
})

test('it is known whose action is awaited', () => {
  const run = staffedRun()
  assert.equal(awaited(stateOf(run)), null)
  run.advance()
  assert.deepEqual(awaited(stateOf(run)), { role: 'miner', action: 'commit', slots: 0b11n })
  run.commit(1)
  assert.deepEqual(awaited(stateOf(run)), { role: 'miner', action: 'commit', slots: 0b01n })
  run.advance()
  run.commit(0)
  run.reveal(0)
  assert.deepEqual(awaited(stateOf(run)), { role: 'miner', action: 'reveal', slots: 0b10n })
  run.reveal(1)
  const leader = 1n << BigInt(run.leader)
  assert.deepEqual(awaited(stateOf(run)), { role: 'validator', action: 'propose', slots: leader })
})

test('after the proposal the others’ votes are awaited', () => {
  // Three of equal weight: the leader alone decides nothing.
  const run = staffedRun({ validatorWeightCap: 10n * ETHER })
  run.join('validator', addressOf('zoe'))
  playReveals(run)
  run.propose([0, 1])
  const others = 0b111n & ~(1n << BigInt(run.leader))
  assert.deepEqual(awaited(stateOf(run)), { role: 'validator', action: 'vote', slots: others })
})

test('an epoch can be settled when all that committed have revealed, or its time is over', () => {
  const run = staffedRun({ maxRounds: 2n })
  playRound(run)
  const epochOf = (): NonNullable<ReturnType<RunState['epochs']['get']>> => stateOf(run).epochs.get(1n)!
  assert.deepEqual([epochDueAt(epochOf()), isSettleable(epochOf(), 2n ** 60n)], [null, false])
  playRound(run)
  assert.equal(epochDueAt(epochOf()), epochOf().deadline)
  for (const slot of [0, 1]) run.commitScores(1n, slot, [1, 2, 3, 4])
  assert.equal(epochDueAt(epochOf()), null)
  run.revealScores(1n, 0)
  const { deadline } = epochOf()
  assert.deepEqual([isSettleable(epochOf(), deadline), isSettleable(epochOf(), deadline + 1n)], [false, true])
  run.revealScores(1n, 1)
  assert.equal(isSettleable(epochOf(), 0n), true)
})

test('members that leave take no part in the next round', () => {
  const run = staffedRun()
  run.join('miner', addressOf('dee'))
  run.leave('miner', 0)
  const state = stateOf(run)
  assert.deepEqual(
    stayingMembers(state, 'miner').map(({ slot }) => slot),
    [1, 2],
  )
  assert.deepEqual([...membersOf(state, 'miner').keys()], [0, 1, 2])
})
