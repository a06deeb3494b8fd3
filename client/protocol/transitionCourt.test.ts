// What a court may order in the replay, and what not.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RunEvent } from './events.ts'
import { groundsHash, groundsOf } from './grounds.ts'
import { playRound, playScores, staffedRun } from './plays.fixture.ts'
import type { RunSimulator } from './runSimulator.fixture.ts'
import { initialState, type RunState } from './runState.ts'
import { includedIn, lineageOf } from './runView.ts'
import { addressOf, COORDINATOR, ETHER, hashOf, NATIVE, RUN } from './simulatedRun.fixture.ts'
import { transition } from './transition.ts'

const replay = (run: RunSimulator): RunState => run.events.reduce(transition, initialState(RUN, COORDINATOR, NATIVE))
const of = (event: object): RunEvent => ({ run: RUN, ...event }) as RunEvent

function refuses(state: RunState, cases: readonly RunEvent[]): void {
  for (const event of cases)
    assert.throws(() => transition(state, event), { code: 'transition/impossible' }, event.name)
}

test('a round that is undone is not in the lineage, and its contributions are in nothing', () => {
  const run = staffedRun()
  playRound(run)
  playRound(run)
  const before = replay(run)
  assert.deepEqual(
    lineageOf(before).map(({ round }) => round),
    [1n, 2n],
  )
  assert.equal(includedIn(before, 2n).length, 2)
  run.refute(2n)
  const state = replay(run)
  assert.deepEqual(lineageOf(state), lineageOf(before).slice(0, 1))
  assert.deepEqual(includedIn(state, 2n), [])
  assert.deepEqual(groundsOf(state, 2n), groundsOf(before, 2n), 'what it rested on stays known')
  assert.deepEqual([state.stateRoot, state.stateRound], [lineageOf(state)[0]?.root, 1n])
})

test('only a round that stands is refuted, and for its parent', () => {
  const run = staffedRun({ roundsPerEpoch: 4 })
  playRound(run)
  playRound(run, 'worse')
  playRound(run)
  const root = (round: bigint) => replay(run).rounds[Number(round) - 1]?.parentRoot
  const refuted = (round: bigint) => of({ name: 'RoundRefuted', round, root: root(round) ?? hashOf('none') })
  transition(replay(run), refuted(1n))
  refuses(replay(run), [
    refuted(0n),
    refuted(2n),
    refuted(4n),
    refuted(5n),
    of({ name: 'RoundRefuted', round: 3n, root: hashOf('another') }),
  ])
  run.refute(1n)
  refuses(replay(run), [refuted(1n), refuted(3n)])
})

test('the open round is void by the very next event', () => {
  const run = staffedRun()
  playRound(run)
  run.commit(0)
  const rolledBack = of({ name: 'RoundVoided', round: 2n, reason: 4 })
  refuses(replay(run), [rolledBack])
  const refuted = of({ name: 'RoundRefuted', round: 1n, root: run.params.genesisRoot })
  const state = transition(replay(run), refuted)
  refuses(state, [
    of({ name: 'Committed', round: 2n, slot: 1, commitment: hashOf('it'), block: 1n }),
    of({ name: 'RoundVoided', round: 2n, reason: 0 }),
    refuted,
  ])
  assert.deepEqual(transition(state, rolledBack).rounds[1]?.end, { kind: 'void', reason: 'RolledBack' })
})

test('a settled epoch keeps what it has', () => {
  const run = staffedRun()
  for (let round = 0; round < 5; round++) playRound(run)
  playScores(run, 2n)
  const settled = replay(run).epochs.get(2n)
  run.refute(2n)
  const { epochs } = replay(run)
  assert.deepEqual(epochs.get(2n), settled)
  assert.deepEqual(
    [1n, 2n, 3n].map((id) => epochs.get(id)?.finalRounds),
    [1, 2, 0],
  )
})

test('a membership is punished once, for at most its stake, in an epoch of it', () => {
  const run = staffedRun()
  run.seats.join('miner', addressOf('cem'))
  for (let round = 0; round < 3; round++) playRound(run)
  run.seats.leave('miner', 2)
  const state = replay(run)
  const about = {
    operator: addressOf('cem'),
    role: 0,
    slot: 2,
    epoch: 1n,
    taken: 5n * ETHER,
    reporter: addressOf('any'),
  }
  const punished = (change: object = {}) => of({ name: 'MemberPunished', ...about, ...change })
  refuses(state, [
    punished({ epoch: 0n }),
    punished({ epoch: 3n }),
    punished({ slot: 1 }),
    punished({ role: 1 }),
    punished({ role: 2 }),
    punished({ operator: addressOf('ann') }),
    punished({ taken: 5n * ETHER + 1n }),
    // Who stays has to leave by the event before.
    punished({ operator: addressOf('ann'), slot: 0 }),
  ])
  const after = transition(state, punished())
  refuses(after, [punished(), punished({ epoch: 2n, taken: 0n })])
  assert.equal(after.miners.get(2)?.stake, 0n)
})

test('the hash of what a round rests on counts each field', () => {
  const run = staffedRun()
  playRound(run)
  const grounds = groundsOf(replay(run), 1n)!
  const hash = groundsHash(grounds)
  for (const [name, value] of Object.entries(grounds)) {
    const other = typeof value === 'string' ? hashOf('other') : typeof value === 'bigint' ? value + 1n : value + 1
    assert.notEqual(groundsHash({ ...grounds, [name]: other }), hash, name)
  }
  assert.equal(groundsOf(replay(run), 2n), undefined)
  assert.equal(groundsOf(replay(run), 9n), undefined)
})
