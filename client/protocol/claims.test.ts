import assert from 'node:assert/strict'
import { test } from 'node:test'
import { claimableSources, unclaimed } from './claims.ts'
import { playRound, playScores, staffedRun } from './plays.fixture.ts'
import type { RunSimulator } from './runSimulator.fixture.ts'
import { initialState, type RunState } from './runState.ts'
import { addressOf, COORDINATOR, ETHER, NATIVE, OWNER, RUN } from './simulatedRun.fixture.ts'
import { ZERO_ADDRESS } from './tags.ts'
import { transition } from './transition.ts'

const stateOf = (run: RunSimulator): RunState => run.events.reduce(transition, initialState(RUN, COORDINATOR, NATIVE))
const ann = addressOf('ann')
const token = addressOf('token')

/** Three epochs of which two are settled; the second has nothing of the sponsorship that is used up in the first. */
function paidRun(): RunSimulator {
  const run = staffedRun({ roundsPerEpoch: 1 })
  run.escrow.sponsor(token, 1000n, 1000n)
  for (let round = 0; round < 2; round++) playRound(run)
  playScores(run, 1n)
  playScores(run, 2n)
  return run
}

test('what is settled, has a pot and was earned can be claimed, until it is', () => {
  const run = paidRun()
  const due = (source: bigint, epoch: bigint): bigint => run.escrow.due(source, epoch, ann)
  const all = [
    { source: 0n, token: NATIVE, epochs: [1n, 2n], most: due(0n, 1n) + due(0n, 2n) },
    { source: 1n, token, epochs: [1n], most: due(1n, 1n) },
  ]
  assert.deepEqual(claimableSources(stateOf(run), ann), all)
  assert.deepEqual(unclaimed(stateOf(run), { operator: ann, holder: ann }), all)
  run.escrow.claim(0n, 1n, ann, ann, 60n)
  run.escrow.claim(1n, 1n, ann, ann, 60n)
  assert.deepEqual(unclaimed(stateOf(run), { operator: ann, holder: ann }), [
    { source: 0n, token: NATIVE, epochs: [2n], most: due(0n, 2n) },
  ])
  // Another holder of the same pool has its own part still; its bound knows nothing of that.
  assert.deepEqual(unclaimed(stateOf(run), { operator: ann, holder: addressOf('holder') }), all)
  assert.deepEqual(claimableSources(stateOf(run), ann), all)
})

test('the owner’s part is known to the wei, and nobody else’s', () => {
  const run = paidRun()
  const owner = { operator: OWNER, holder: ZERO_ADDRESS }
  const most = run.escrow.due(0n, 1n, OWNER, true) + run.escrow.due(0n, 2n, OWNER, true)
  // 18 % of two pots, and the few wei that the other shares are rounded down by.
  const rounding = most - 2n * 180n * ETHER
  assert.ok(rounding >= 0n && rounding < 1000n)
  assert.equal(unclaimed(stateOf(run), owner)[0]?.most, most)
  assert.deepEqual(claimableSources(stateOf(run), OWNER, true), unclaimed(stateOf(run), owner))
  assert.deepEqual(unclaimed(stateOf(run), { operator: ann, holder: ZERO_ADDRESS }), [])
  assert.deepEqual(claimableSources(stateOf(run), OWNER), [])
  assert.deepEqual(claimableSources(stateOf(run), addressOf('nobody')), [])
})

test('nothing can be claimed of an epoch that is not settled, or that earned nothing', () => {
  const run = staffedRun({ roundsPerEpoch: 1 })
  playRound(run)
  assert.deepEqual(claimableSources(stateOf(run), ann), [])
  playScores(run, 1n, () => 0)
  assert.deepEqual(claimableSources(stateOf(run), ann), [])
  // Between the coordinator's event and the escrow's: not booked yet.
  playRound(run)
  playScores(run, 2n)
  const before = run.events.slice(0, -1).reduce(transition, initialState(RUN, COORDINATOR, NATIVE))
  assert.deepEqual(claimableSources(before, ann), [])
  assert.equal(claimableSources(stateOf(run), ann).length, 1)
})
