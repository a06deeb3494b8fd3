import assert from 'node:assert/strict'
import { test } from 'node:test'
import { playRound, playScores, staffedRun } from './plays.fixture.ts'
import type { RunSimulator } from './runSimulator.fixture.ts'
import { initialState, type RunState } from './runState.ts'
import { addressOf, COORDINATOR, NATIVE, RUN } from './simulatedRun.fixture.ts'
import { transition } from './transition.ts'
import { mostReplaced, replaceableSlot, usefulnessOf } from './usefulness.ts'

const stateOf = (run: RunSimulator): RunState => run.events.reduce(transition, initialState(RUN, COORDINATOR, NATIVE))
const scoreOf = (miner: number): number => 100 * (miner + 1)

function fullRun(): RunSimulator {
  const run = staffedRun({ maxMiners: 3, protectionEpochs: 0, roundsPerEpoch: 1, epochPot: 1n })
  run.seats.join('miner', addressOf('cem'))
  return run
}

test('the ranks of the last four settled epochs count, in whatever order they were settled', () => {
  const run = fullRun()
  for (let round = 0; round < 7; round++) playRound(run)
  assert.deepEqual([...usefulnessOf(stateOf(run)).values()], [0n, 0n, 0n])
  for (const epoch of [6n, 2n, 1n, 4n, 5n]) playScores(run, epoch, scoreOf)
  // Epochs 2, 4, 5 and 6: not 1, which is the fifth.
  const rank = (slot: number): bigint => 65_536n * BigInt(scoreOf(slot))
  assert.deepEqual(
    [...usefulnessOf(stateOf(run)).values()],
    [0, 1, 2].map((slot) => 4n * rank(slot)),
  )
})

test('ranks of the slot’s former member do not count', () => {
  const run = fullRun()
  playRound(run)
  playScores(run, 1n, scoreOf)
  run.seats.leave('miner', 2)
  playRound(run)
  playScores(run, 2n, scoreOf)
  assert.ok(usefulnessOf(stateOf(run)).get(2)! > 0n)
  run.seats.release('miner', 2)
  run.seats.join('miner', addressOf('new'))
  assert.equal(usefulnessOf(stateOf(run)).get(2), 0n)
})

test('the least useful one that stays gives way, the lowest slot of those that are alike', () => {
  const run = fullRun()
  assert.equal(replaceableSlot(initialState(RUN, COORDINATOR, NATIVE)), null)
  assert.equal(replaceableSlot(stateOf(run)), null, 'they are protected until epoch 1')
  playRound(run)
  assert.equal(replaceableSlot(stateOf(run)), 0)
  playScores(run, 1n, (miner) => 500 - miner)
  assert.equal(replaceableSlot(stateOf(run)), 2)
  run.seats.leave('miner', 2)
  assert.equal(replaceableSlot(stateOf(run)), 1)
  run.seats.replace(1, addressOf('heir'))
  assert.equal(replaceableSlot(stateOf(run)), null, 'one of three in an epoch')
})

test('a run with a free slot replaces nobody', () => {
  const run = staffedRun({ maxMiners: 3, protectionEpochs: 0, roundsPerEpoch: 1 })
  playRound(run)
  assert.equal(replaceableSlot(stateOf(run)), null)
})

test('an eighth of the slots, rounded up, may change hands so in an epoch', () => {
  assert.deepEqual([1, 8, 9, 256].map(mostReplaced), [1, 1, 2, 32])
})
