import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isSettleable } from './epochSettlement.ts'
import { awaited, dueAt, epochDueAt, epochIsDue, isDue } from './phase.ts'
import { type SlotAction, wouldEnd } from './phaseEnd.ts'
import { playReveals, playRound, playScores, playVotes, staff, staffedRun } from './plays.fixture.ts'
import { RunSimulator } from './runSimulator.fixture.ts'
import { initialState, membersOf, type RunState, stayingMembers } from './runState.ts'
import { addressOf, COORDINATOR, ETHER, NATIVE, RUN } from './simulatedRun.fixture.ts'
import { transition } from './transition.ts'

const stateOf = (run: RunSimulator): RunState => run.events.reduce(transition, initialState(RUN, COORDINATOR, NATIVE))

test('a phase is due when its deadline is past, not at it', () => {
  const run = staffedRun()
  run.advance()
  const state = stateOf(run)
  const { deadline } = state.round!
  assert.equal(dueAt(state), deadline)
  assert.deepEqual([isDue(state, deadline), isDue(state, deadline + 1n)], [false, true])
})

test('a phase is due at once when everyone it waits for has acted', () => {
  const run = staffedRun({ validatorWeightCap: 10n * ETHER })
  run.seats.join('validator', addressOf('zoe'))
  const due = (): boolean => isDue(stateOf(run), 1n)
  run.advance()
  run.commit(1)
  assert.equal(due(), false)
  run.commit(0)
  assert.equal(due(), true)
  assert.equal(dueAt(stateOf(run)), 0n)
  run.advance()
  run.reveal(0)
  assert.equal(due(), false)
  run.reveal(1)
  assert.equal(due(), true)
  run.advance()
  assert.equal(due(), false)
  run.propose([0])
  assert.equal(due(), false, 'a third attests')
  const [next, last] = [0, 1, 2].filter((slot) => slot !== run.leader) as [number, number]
  run.vote(next, 'refuse')
  assert.equal(due(), false, 'no more than a third refuses')
  run.vote(last, 'refuse')
  assert.equal(due(), true)
})

test('who has committed is not waited for in the last call, nor who has not in the reveal', () => {
  const run = staffedRun()
  run.advance()
  run.commit(0)
  run.advance()
  assert.equal(isDue(stateOf(run), 1n), false)
  run.advance()
  run.reveal(0)
  assert.equal(isDue(stateOf(run), 1n), true)
})

test('an idle run is due at once when members and the pot suffice, else never', () => {
  const run = staffedRun()
  assert.equal(isDue(stateOf(run), 1n), true)
  run.seats.leave('miner', 0)
  assert.equal(dueAt(stateOf(run)), null)
  const poor = staffedRun({ minPot: 5001n * ETHER, epochPot: 6000n * ETHER })
  assert.equal(dueAt(stateOf(poor)), null)
  poor.escrow.grant(ETHER)
  assert.equal(isDue(stateOf(poor), 1n), true)
  assert.equal(dueAt(initialState(RUN, COORDINATOR, NATIVE)), null)
})

test('the pot that a run wants is in its own token', () => {
  const token = addressOf('token')
  const run = new RunSimulator({ rewardToken: token, minPot: 8n })
  staff(run)
  run.escrow.grant(5000n * ETHER)
  run.escrow.sponsor(token, 20n, 10n)
  assert.equal(dueAt(stateOf(run)), null, 'no sponsorship is named')
  run.useSponsorship(1n)
  assert.equal(dueAt(stateOf(run)), 0n)
  run.escrow.withdraw(1n, 12n)
  assert.equal(dueAt(stateOf(run)), 0n, '8 are left')
  run.escrow.withdraw(1n, 1n)
  assert.equal(dueAt(stateOf(run)), null)
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
  run.advance()
  run.reveal(0)
  assert.deepEqual(awaited(stateOf(run)), { role: 'miner', action: 'reveal', slots: 0b10n })
  run.reveal(1)
  run.advance()
  const leader = 1n << BigInt(run.leader)
  assert.deepEqual(awaited(stateOf(run)), { role: 'validator', action: 'propose', slots: leader })
})

test('after the proposal the others’ votes are awaited', () => {
  // Three of equal weight: the leader alone decides nothing.
  const run = staffedRun({ validatorWeightCap: 10n * ETHER })
  run.seats.join('validator', addressOf('zoe'))
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
  const closing = epochOf().deadline
  assert.deepEqual([epochIsDue(epochOf(), closing), epochIsDue(epochOf(), closing + 1n)], [false, true])
  run.commitScores(1n, 0, [1, 2, 3, 4])
  assert.equal(epochIsDue(epochOf(), 1n), false)
  run.commitScores(1n, 1, [1, 2, 3, 4])
  assert.deepEqual([epochDueAt(epochOf()), epochIsDue(epochOf(), 1n)], [0n, true])
  run.openScoreReveal(1n)
  assert.equal(epochDueAt(epochOf()), null)
  run.revealScores(1n, 0)
  const { deadline } = epochOf()
  assert.deepEqual([isSettleable(epochOf(), deadline), isSettleable(epochOf(), deadline + 1n)], [false, true])
  run.revealScores(1n, 1)
  assert.equal(isSettleable(epochOf(), 0n), true)
})

test('members that leave take no part in the next round', () => {
  const run = staffedRun()
  run.seats.join('miner', addressOf('dee'))
  run.seats.leave('miner', 0)
  const state = stateOf(run)
  assert.deepEqual(
    stayingMembers(state, 'miner').map(({ slot }) => slot),
    [1, 2],
  )
  assert.deepEqual([...membersOf(state, 'miner').keys()], [0, 1, 2])
})

test('the last commitment and the last reveal end their phases', () => {
  const run = staffedRun()
  const ends = (kind: 'commit' | 'reveal', slot: number): boolean => wouldEnd(stateOf(run), { kind, slot })
  assert.equal(ends('commit', 0), false, 'no round is open')
  run.advance()
  assert.deepEqual([ends('commit', 0), ends('commit', 1)], [false, false])
  run.commit(0)
  assert.deepEqual([ends('commit', 0), ends('commit', 1), ends('commit', 2)], [false, true, false])
  run.advance()
  assert.equal(ends('commit', 1), true, 'also in the last call')
  run.commit(1)
  assert.equal(ends('reveal', 0), false, 'not before Reveal')
  run.advance()
  run.reveal(1)
  assert.deepEqual([ends('reveal', 0), ends('reveal', 1)], [true, false])
})

test('the vote that decides ends the phase, and so does the proposal of who has two thirds', () => {
  const ends = (run: RunSimulator, kind: SlotAction['kind'], slot: number): boolean =>
    wouldEnd(stateOf(run), { kind, slot } as SlotAction)
  const heavy = staffedRun({ validatorWeightCap: 80n * ETHER })
  playReveals(heavy)
  const share = heavy.leader === 1 ? 80n : 30n
  assert.equal(ends(heavy, 'propose', heavy.leader), 3n * share >= 2n * 110n)

  const run = staffedRun({ validatorWeightCap: 10n * ETHER })
  run.seats.join('validator', addressOf('zoe'))
  playReveals(run)
  assert.equal(ends(run, 'propose', run.leader), false)
  run.propose([0])
  const [next, last] = [0, 1, 2].filter((slot) => slot !== run.leader) as [number, number]
  assert.deepEqual([ends(run, 'attest', next), ends(run, 'refuse', next)], [true, false])
  assert.equal(ends(run, 'attest', run.leader), false, 'has voted')
  run.vote(next, 'refuse')
  assert.deepEqual([ends(run, 'attest', last), ends(run, 'refuse', last)], [true, true])
  playVotes(run, 'attest')
  assert.equal(ends(run, 'attest', last), false)
  run.advance()
  assert.equal(ends(run, 'attest', last), false, 'the next round trains')
})

test('the last commitment to scores ends their phase', () => {
  const run = staffedRun({ roundsPerEpoch: 1 })
  playRound(run)
  const ends = (slot: number): boolean => wouldEnd(stateOf(run), { kind: 'commitScores', epoch: 1n, slot })
  assert.deepEqual([ends(0), ends(1)], [false, false])
  run.commitScores(1n, 1, [1, 2, 3, 4])
  assert.deepEqual([ends(0), ends(1)], [true, false])
  run.openScoreReveal(1n)
  assert.equal(ends(0), false)
  assert.equal(wouldEnd(stateOf(run), { kind: 'commitScores', epoch: 9n, slot: 0 }), false)
})
