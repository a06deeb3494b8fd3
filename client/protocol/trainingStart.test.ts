import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { drawnTestSamples, trainingSamples } from './assignment.ts'
import { hasSlot, slotsOf } from './bitmap.ts'
import type { RunEvent } from './events.ts'
import { playAny, playReveals, playRound, staffedRun } from './plays.fixture.ts'
import type { RunSimulator } from './runSimulator.fixture.ts'
import { initialState, type RoundState, type RunState, roundOf } from './runState.ts'
import { revealedIn } from './runView.ts'
import { overlapSeed } from './seeds.ts'
import { COORDINATOR, NATIVE, RUN } from './simulatedRun.fixture.ts'
import { ZERO_HASH } from './tags.ts'
import { type TrainingStart, trainingStart } from './trainingStart.ts'
import { transition } from './transition.ts'

const APART = { overlap: false }
const OVERLAP = { overlap: true }

const stateOf = ({ events }: RunSimulator): RunState =>
  events.reduce(transition, initialState(RUN, COORDINATOR, NATIVE))
const presentOf = ({ round }: RunState): RoundState => {
  assert.ok(round !== null)
  return round
}
/** What is compared: functions are not. */
const facts = (start: TrainingStart | undefined) => start && { ...start, rankOf: undefined }

test('a round of its own starts with its opening, and gives parts to those that are in it', () => {
  const run = staffedRun()
  run.seats.leave('miner', 0)
  run.seats.join('miner', `0x${'77'.repeat(20)}`)
  assert.equal(trainingStart(stateOf(run), 1n, APART), undefined)
  run.advance()
  const state = stateOf(run)
  const { trainSeed, parentRoot, miners } = presentOf(state)
  const start = trainingStart(state, 1n, APART)
  assert.deepEqual(facts(start), { round: 1n, seed: trainSeed, baseRoot: parentRoot, parts: 2, rankOf: undefined })
  assert.deepEqual(slotsOf(miners), [1, 2])
  assert.deepEqual([start?.rankOf(1), start?.rankOf(2)], [0, 1])
  assert.throws(() => start?.rankOf(0), { code: 'assignment/not-active' })
  playReveals(run)
  assert.equal(trainingStart(stateOf(run), 2n, APART), undefined)
})

test('with overlap the first round starts with its opening, and gives parts by slot', () => {
  const run = staffedRun({ maxMiners: 5 })
  assert.equal(trainingStart(stateOf(run), 1n, OVERLAP), undefined)
  run.advance()
  const state = stateOf(run)
  const { trainSeed, parentRoot } = presentOf(state)
  const start = trainingStart(state, 1n, OVERLAP)
  assert.deepEqual(facts(start), { round: 1n, seed: trainSeed, baseRoot: parentRoot, parts: 5, rankOf: undefined })
  assert.deepEqual([start?.rankOf(0), start?.rankOf(4)], [0, 4])
})

test('with overlap a round that follows a refutation starts with its opening', () => {
  const run = staffedRun()
  playRound(run)
  playReveals(run)
  run.refute(1n)
  const state = stateOf(run)
  const { id, trainSeed, parentRoot } = presentOf(state)
  assert.equal(id, 3n)
  assert.notEqual(roundOf(state, 2n)?.parentRoot, parentRoot)
  const { seed, baseRoot } = trainingStart(state, 3n, OVERLAP) ?? {}
  assert.deepEqual([seed, baseRoot], [trainSeed, parentRoot])
})

test('with overlap a round starts when commits of the one before close, on the state that was final then', () => {
  const run = staffedRun()
  playRound(run)
  const [first] = stateOf(run).rounds
  assert.equal(trainingStart(stateOf(run), 3n, OVERLAP), undefined)
  for (const slot of slotsOf(run.miners)) run.commit(slot)
  assert.equal(trainingStart(stateOf(run), 3n, OVERLAP), undefined)
  run.advance()
  const known = trainingStart(stateOf(run), 3n, OVERLAP)
  const { testSeed, parentRoot } = presentOf(stateOf(run))
  assert.equal(known?.seed, overlapSeed(testSeed))
  assert.equal(known?.baseRoot, parentRoot)
  assert.equal(parentRoot, first?.end?.kind === 'final' && first.end.root)
  // Neither the end of the round before nor the opening of its own changes it.
  for (const slot of run.committed) run.reveal(slot)
  run.advance()
  run.propose(slotsOf(run.miners))
  for (const slot of slotsOf(run.validators)) if (!run.votes.has(slot)) run.vote(slot, 'attest')
  run.advance()
  assert.equal(run.round, 3n)
  assert.notEqual(presentOf(stateOf(run)).parentRoot, parentRoot)
  assert.deepEqual(facts(trainingStart(stateOf(run), 3n, OVERLAP)), facts(known))
})

test('with overlap a round that follows one without commitments starts with its opening', () => {
  const run = staffedRun()
  playRound(run)
  run.advance()
  run.advance()
  const state = stateOf(run)
  assert.deepEqual(state.rounds[1]?.end, { kind: 'void', reason: 'NothingRevealed' })
  const { trainSeed, parentRoot } = presentOf(state)
  const { seed, baseRoot } = trainingStart(state, 3n, OVERLAP) ?? {}
  assert.deepEqual([seed, baseRoot], [trainSeed, parentRoot])
})

test('with overlap nothing is drawn that a slot may train on', () => {
  const run = staffedRun({ maxMiners: 6 })
  playRound(run)
  const state = stateOf(run)
  const { seed = ZERO_HASH, parts = 0, rankOf } = trainingStart(state, 2n, OVERLAP) ?? {}
  const [trainSamples, count] = [100, 8]
  const had = Array.from({ length: 6 }, (_, slot) =>
    trainingSamples({ trainSeed: seed, trainSamples, rank: rankOf?.(slot) ?? -1, count }),
  ).flat()
  assert.equal(new Set(had).size, 48)
  const about = { trainSeed: seed, testSeed: `0x${'22'.repeat(32)}`, trainSamples, minerCount: parts } as const
  const drawn = drawnTestSamples({ ...about, assigned: count, count: 40 })
  assert.deepEqual(
    drawn.filter((sample) => had.includes(sample)),
    [],
  )
})

// ---- Any history

/** Whatever an author may begin with at this moment: the present round, or the next one. */
function startsAt(state: RunState): TrainingStart[] {
  const present = state.round?.id ?? 0n
  return [present, present + 1n].flatMap((round) => trainingStart(state, round, OVERLAP) ?? [])
}

/** Held against the end of the history: what was known at any time is what everybody finds for ever after. */
function checkHistory(events: readonly RunEvent[]): { readonly ahead: number; readonly own: number } {
  let state = initialState(RUN, COORDINATOR, NATIVE)
  const known = new Map<bigint, TrainingStart>()
  for (const event of events) {
    state = transition(state, event)
    // What nobody has opened yet is withdrawn with the state that it was to begin from.
    if (event.name === 'RoundRefuted')
      for (const round of known.keys()) if (roundOf(state, round) === undefined) known.delete(round)
    for (const start of startsAt(state)) {
      const before = known.get(start.round)
      if (before === undefined) {
        assert.equal(start.baseRoot, state.stateRoot, 'an author has the state when it may begin')
        known.set(start.round, start)
      } else assert.deepEqual(facts(start), facts(before))
    }
  }
  const counts = { ahead: 0, own: 0 }
  const opened = [...state.rounds, ...(state.round?.end === null ? [state.round] : [])]
  for (const round of opened) {
    const start = trainingStart(state, round.id, OVERLAP)
    assert.deepEqual(facts(start), facts(known.get(round.id)))
    checkRound(state, round, start)
    counts[start?.seed === round.trainSeed ? 'own' : 'ahead']++
  }
  const seeds = opened.flatMap(({ id, trainSeed, testSeed }) => [
    trainSeed,
    ...(testSeed === ZERO_HASH ? [] : [testSeed]),
    ...(trainingStart(state, id, OVERLAP)?.seed === trainSeed ? [] : [trainingStart(state, id, OVERLAP)?.seed]),
  ])
  assert.equal(new Set(seeds).size, seeds.length, 'no permutation is used twice')
  return counts
}

function checkRound(state: RunState, round: RoundState, start: TrainingStart | undefined): void {
  assert.ok(start !== undefined)
  const ranks = slotsOf(round.miners).map((slot) => start.rankOf(slot))
  assert.equal(new Set(ranks).size, ranks.length)
  assert.ok(ranks.every((rank) => rank >= 0 && rank < start.parts))
  for (const revealed of revealedIn(state, round.id)) {
    assert.ok(hasSlot(round.miners, revealed.slot))
    assert.equal(revealed.overlappedBaseRoot, start.baseRoot)
    assert.equal(revealed.baseRoot, round.parentRoot)
  }
  assert.ok([roundOf(state, round.id - 1n)?.parentRoot, round.parentRoot].includes(start.baseRoot))
}

test('authors and those who check them agree, whatever happens: void rounds, members that come and go', () => {
  const total = { ahead: 0, own: 0 }
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 9999 }), { minLength: 200, maxLength: 400 }), (picks) => {
      const run = staffedRun({ maxMiners: 6 })
      for (const pick of picks) playAny(run, pick)
      const { ahead, own } = checkHistory(run.events)
      total.ahead += ahead
      total.own += own
    }),
    { numRuns: 60, seed: 20261129 },
  )
  // Both kinds were there, or nothing was shown.
  assert.ok(total.ahead > 50 && total.own > 50, JSON.stringify(total))
})

test('after blocks were lost an author comes to what holds on the chain that stayed', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 9999 }), { minLength: 40, maxLength: 200 }), fc.nat(), (picks, at) => {
      const cut = at % picks.length
      const [lost, stayed] = [staffedRun({ maxMiners: 6 }), staffedRun({ maxMiners: 6 })]
      for (const pick of picks) playAny(lost, pick)
      for (const [index, pick] of picks.entries()) playAny(stayed, index < cut ? pick : pick + 1)
      // Followed to the end, stepped back to the last block that both have, followed again.
      const common = lost.events.findIndex(
        (event, index) => stayed.events[index] !== event && !same(event, stayed.events[index]),
      )
      const shared = common < 0 ? lost.events.length : common
      const behind = lost.events.slice(0, shared).reduce(transition, initialState(RUN, COORDINATOR, NATIVE))
      const author = stayed.events.slice(shared).reduce(transition, behind)
      const other = stateOf(stayed)
      for (let round = 0n; round <= stayed.round + 1n; round++)
        assert.deepEqual(facts(trainingStart(author, round, OVERLAP)), facts(trainingStart(other, round, OVERLAP)))
      checkHistory(stayed.events)
    }),
    { numRuns: 40, seed: 20261129 },
  )
})

function same(a: RunEvent, b: RunEvent | undefined): boolean {
  const text = (event: RunEvent | undefined): string =>
    JSON.stringify(event, (_, value) => (typeof value === 'bigint' ? `${value}n` : value))
  return text(a) === text(b)
}
