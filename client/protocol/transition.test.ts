import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { slotsOf } from './bitmap.ts'
import { settlementOf } from './epochSettlement.ts'
import type { RunEvent } from './events.ts'
import type { Hex } from './hex.ts'
import { isDue } from './phase.ts'
import { playAny, playRound, playScores, staffedRun } from './plays.fixture.ts'
import type { RunSimulator } from './runSimulator.fixture.ts'
import { initialState, type RunState } from './runState.ts'
import { addressOf, COORDINATOR, ETHER, OWNER, RUN } from './simulatedRun.fixture.ts'
import { transition } from './transition.ts'

const begin = (): RunState => initialState(RUN, COORDINATOR)
const replay = (events: readonly RunEvent[], from = begin()): RunState => events.reduce(transition, from)

/** What both keep books of. */
function checkBooks(state: RunState, run: RunSimulator): void {
  assert.equal(state.phase, run.phase)
  assert.equal(state.funds, run.funds)
  assert.equal(state.mix, run.mix)
  assert.equal(state.stateRoot, run.root)
  assert.equal(state.round?.id ?? 0n, run.round)
  assert.equal(state.rounds.length, Number(run.round) - (state.round === null || state.round.end !== null ? 0 : 1))
  assert.equal(state.paying, null)
  for (const role of ['miner', 'validator'] as const) {
    const members = role === 'miner' ? state.miners : state.validators
    const seats = [...members].map(([slot, { operator, weight, activeFrom, leaving, lastEpoch }]) => [
      slot,
      { operator, weight, activeFrom, leaving, lastEpoch },
    ])
    assert.deepEqual(new Map(seats as [number, object][]), run.seats[role])
  }
  assert.deepEqual(
    [...state.epochs.values()].map(({ phase, miners, validators }) => [phase, miners, validators]),
    run.epochs.map(({ phase, miners, validators }) => [phase, miners, validators]),
  )
  const open = [...state.credits]
    .map(([operator, { earned, claimed }]) => [operator, earned - claimed] as const)
    .filter(([, amount]) => amount > 0n)
  assert.deepEqual(new Map(open), run.credits)
  // Past every deadline, advance does something exactly when the contract would.
  assert.equal(isDue(state, 2n ** 60n), run.isDue)
}

/** A run in which everything happens once: four rounds, two epochs, a member that comes and goes, claims, an end. */
function eventful(): RunSimulator {
  const run = staffedRun({ maxRounds: 6n })
  run.publish({ name: 'EndpointSet', operator: addressOf('ann'), endpoint: 'https://Ann.example/0xAB' })
  run.publish({ name: 'DelegateSet', operator: addressOf('ann'), delegate: addressOf('ann hot') })
  run.publish({ name: 'PayoutSet', operator: addressOf('ann'), payout: addressOf('ann bank') })
  playRound(run)
  const slot = run.join('miner', addressOf('cem'))
  // One miner is late, another does not reveal, the first leader is refused.
  run.commit(0)
  run.advance()
  run.commit(1)
  run.reveal(0)
  run.advance()
  run.propose([0])
  const [refuser] = slotsOf(run.validators).filter((validator) => validator !== run.leader)
  if (run.phase === 'Attest' && run.round === 2n && run.attested.length > 0) run.vote(refuser!, false)
  if (run.round === 2n) run.advance()
  playScores(run, 1n)
  run.claim(addressOf('ann'), addressOf('ann bank'))
  run.claim(OWNER)
  playRound(run)
  run.leave('miner', slot)
  // Nobody commits: a void round.
  run.advance()
  run.advance()
  playScores(run, 2n)
  run.release('miner', slot)
  // Validators agree on nothing.
  for (const miner of slotsOf(run.miners)) run.commit(miner)
  for (const miner of slotsOf(run.miners)) run.reveal(miner)
  run.propose([])
  for (const validator of slotsOf(run.validators))
    if (run.round === 5n && validator !== run.leader) run.vote(validator, true)
  playRound(run)
  // No quorum of scores: the pot goes back.
  run.openScoreReveal(3n)
  run.settle(3n)
  return run
}

test('an eventful run is replayed to the same books', () => {
  const run = eventful()
  const state = replay(run.events)
  checkBooks(state, run)
  assert.equal(state.phase, 'Ended')
  assert.deepEqual(
    state.rounds.map(({ end }) => (end?.kind === 'void' ? end.reason : end?.kind)),
    ['final', 'NoQuorum', 'final', 'NothingRevealed', 'NothingValid', 'final'],
  )
  assert.equal(state.owner, OWNER)
  assert.deepEqual(state.operators.get(addressOf('ann')), {
    endpoint: 'https://Ann.example/0xAB',
    delegate: addressOf('ann hot'),
    payout: addressOf('ann bank'),
  })
  assert.equal(state.stateRound, 6n)
  const [first] = state.rounds
  assert.deepEqual(slotsOf(first!.revealed), [...first!.contributions.keys()])
  assert.deepEqual(
    [...first!.contributions.values()].map(({ revealed }) => revealed?.order),
    [0, 1],
  )
  const names = new Set(run.events.map(({ name }) => name))
  assert.equal(names.size, 30, 'every event but RunIdle is met')
})

test('the pots are paid to the wei', () => {
  const state = replay(eventful().events)
  for (const epoch of state.epochs.values()) {
    const { settlement } = settlementOf(state, epoch)
    const credited = [...(epoch.settlement?.credited.values() ?? [])].reduce((sum, amount) => sum + amount, 0n)
    assert.equal(credited, settlement.paid)
    assert.equal(credited + (epoch.settlement?.returned ?? 0n), epoch.pot)
  }
  assert.deepEqual(
    [...state.epochs.values()].map(({ settlement }) => settlement?.paid === 0n),
    [false, false, true],
  )
})

test('any course of a run is replayed to the same books', () => {
  const course = fc.array(fc.nat({ max: 1000 }), { maxLength: 120 })
  const params = fc.record({
    roundsPerEpoch: fc.integer({ min: 1, max: 3 }),
    maxRounds: fc.constantFrom(0n, 3n),
    maxLeaders: fc.integer({ min: 1, max: 3 }),
    minMiners: fc.integer({ min: 1, max: 2 }),
  })
  fc.assert(
    fc.property(course, params, (picks, settings) => {
      const run = staffedRun(settings)
      for (const pick of picks) playAny(run, pick)
      checkBooks(replay(run.events), run)
    }),
    { numRuns: 150 },
  )
})

test('the state before a transition stays as it was', () => {
  let state = begin()
  for (const event of eventful().events) {
    const before = structuredClone(state)
    const next = transition(state, event)
    assert.deepEqual(state, before, event.name)
    state = next
  }
})

/** Fields that the events before it do not determine. */
const FREE: Readonly<Record<string, readonly string[]>> = {
  RunCreated: ['owner', 'params'],
  MemberJoined: ['operator', 'stake'],
  RoundOpened: ['trainSeed', 'deadline'],
  CommitCalled: ['deadline'],
  Committed: ['commitment'],
  RevealOpened: ['testSeed', 'deadline'],
  LeaderDrawn: ['deadline'],
  Proposed: ['nextRoot', 'included'],
  EpochClosed: ['deadline'],
  ScoresCommitted: ['commitment'],
  ScoreRevealOpened: ['deadline'],
  Funded: ['from', 'amount'],
  Claimed: ['operator', 'amount'],
  EndpointSet: ['operator', 'endpoint'],
  DelegateSet: ['operator', 'delegate'],
  PayoutSet: ['operator', 'payout'],
}

function perturbed(value: unknown): unknown {
  if (typeof value === 'number') return value + 1
  if (typeof value === 'bigint') return value + 1n
  const text = value as Hex
  return text === '0x' ? '0x00' : `${text.slice(0, -1)}${text.endsWith('1') ? '2' : '1'}`
}

const impossible = { code: 'transition/impossible' }

test('an event with a wrong field is noticed at once', () => {
  let state = begin()
  for (const event of eventful().events) {
    for (const [field, value] of Object.entries(event)) {
      if (field === 'name' || FREE[event.name]?.includes(field)) continue
      const wrong = { ...event, [field]: perturbed(value) } as RunEvent
      assert.throws(() => transition(state, wrong), impossible, `${event.name}.${field}`)
    }
    state = transition(state, event)
  }
})

test('an event that comes twice is noticed at once', () => {
  const repeatable = ['Funded', 'EndpointSet', 'DelegateSet', 'PayoutSet', 'Claimed']
  let state = begin()
  for (const event of eventful().events) {
    state = transition(state, event)
    if (!repeatable.includes(event.name)) assert.throws(() => transition(state, event), impossible, event.name)
  }
})

test('a stake is what the run asks for, and a weight what counts of it', () => {
  const state = replay(staffedRun().events)
  const base = { name: 'MemberJoined', run: RUN, operator: addressOf('new'), slot: 2, activeFrom: 1n } as const
  const miner = { ...base, role: 0, stake: 5n * ETHER, weight: 0n }
  const validator = { ...base, role: 1, stake: 60n * ETHER, weight: 50n * ETHER }
  for (const good of [miner, validator, { ...validator, stake: 10n * ETHER, weight: 10n * ETHER }])
    transition(state, good)
  for (const stake of [5n * ETHER - 1n, 5n * ETHER + 1n])
    assert.throws(() => transition(state, { ...miner, stake }), impossible)
  const bad = [{ stake: 9n * ETHER, weight: 9n * ETHER }, { weight: 60n * ETHER }, { weight: 49n * ETHER }]
  for (const wrong of bad) assert.throws(() => transition(state, { ...validator, ...wrong }), impossible)
  assert.throws(() => transition(state, { ...miner, operator: addressOf('ann') }), impossible, 'a member already')
})

/** Leaves no trace by design: a last call that all answer, and the votes for a leader that was replaced (in round 2). */
function leavesNoTrace(event: RunEvent): boolean {
  if (event.name === 'CommitCalled') return true
  return ['Proposed', 'Attested', 'Refused'].includes(event.name) && 'round' in event && event.round === 2n
}

test('an event that is missing is noticed by the end', () => {
  const { events } = eventful()
  const whole = replay(events)
  for (const [i, event] of events.entries()) {
    if (leavesNoTrace(event)) continue
    let state: RunState
    try {
      state = replay(events.toSpliced(i, 1))
    } catch (error) {
      assert.equal((error as { code: string }).code, 'transition/impossible', `${i} ${event.name}`)
      continue
    }
    assert.notDeepEqual(state, whole, `${i} ${event.name}`)
  }
})

test('what decides something is not possible early', () => {
  const deciding = [
    'RoundOpened',
    'RoundFinalized',
    'EpochOpened',
    'EpochClosed',
    'EpochSettled',
    'Credited',
    'RunEnded',
  ]
  const { events } = eventful()
  let state = begin()
  for (const [i, event] of events.entries()) {
    const later = events.slice(i + 1).filter(({ name }) => deciding.includes(name))
    // Until the first round members may still join, or not. And of the credits of one settlement any may come first.
    const early =
      state.round === null ? [] : later.filter((other) => other.name !== 'Credited' || state.paying !== other.epoch)
    for (const other of early)
      assert.throws(() => transition(state, other), impossible, `${other.name} before ${event.name}`)
    state = transition(state, event)
  }
})

test('case does not matter in addresses and hashes', () => {
  const { events } = eventful()
  const upper = (value: unknown): unknown =>
    typeof value === 'string' && /^0x[0-9a-f]{2,}$/.test(value) ? `0x${value.slice(2).toUpperCase()}` : value
  const shouted = events.map(
    (event) => Object.fromEntries(Object.entries(event).map(([name, value]) => [name, upper(value)])) as RunEvent,
  )
  assert.deepEqual(replay(shouted), replay(events))
})

test('a proposal includes what was revealed, no more than allowed, and moves the root if it includes anything', () => {
  const run = staffedRun({ maxIncluded: 1 })
  run.advance()
  for (const slot of slotsOf(run.miners)) run.commit(slot)
  for (const slot of slotsOf(run.miners)) run.reveal(slot)
  const state = replay(run.events)
  const { round, leader, root } = run
  const proposal = {
    name: 'Proposed',
    run: RUN,
    round,
    operator: run.seat('validator', leader).operator,
    attempt: 1,
  } as const
  const other = addressOf('x').padEnd(66, '0') as Hex
  transition(state, { ...proposal, included: 0b10n, nextRoot: other })
  transition(state, { ...proposal, included: 0n, nextRoot: root })
  for (const wrong of [
    { included: 0b11n, nextRoot: other },
    { included: 0b100n, nextRoot: other },
    { included: 1n, nextRoot: root },
    { included: 0n, nextRoot: other },
    { included: 1n, nextRoot: `0x${'00'.repeat(32)}` as const },
  ])
    assert.throws(() => transition(state, { ...proposal, ...wrong }), impossible)
})

test('a claim is paid in full and where the operator wants it', () => {
  const run = staffedRun()
  playRound(run)
  playRound(run)
  playScores(run, 1n)
  const state = replay(run.events)
  const operator = addressOf('bob')
  const amount = run.credits.get(operator)!
  const claim = { name: 'Claimed', operator, to: operator, amount } as const
  assert.equal(transition(state, claim).credits.get(operator)?.claimed, amount)
  assert.equal(
    transition(state, { ...claim, amount: amount + 5n }).credits.get(operator)?.claimed,
    amount,
    'the rest is from another run',
  )
  assert.throws(() => transition(state, { ...claim, amount: amount - 1n }), impossible)
  assert.throws(() => transition(state, { ...claim, to: OWNER }), impossible)
  assert.equal(
    transition(state, { ...claim, operator: addressOf('nobody'), to: OWNER }),
    state,
    'others are none of our business',
  )
})

test('a run without enough members or funds is idle until it has them', () => {
  const run = staffedRun({ minMiners: 2, epochPot: 3000n * ETHER })
  playRound(run)
  playRound(run)
  assert.equal(replay(run.events).phase, 'Idle', 'the second pot is not funded')
  checkBooks(replay(run.events), run)
  playScores(run, 1n)
  run.fund(3000n * ETHER)
  run.leave('miner', 0)
  checkBooks(replay(run.events), run)
  run.join('miner', addressOf('dee'))
  checkBooks(replay(run.events), run)
  run.advance()
  checkBooks(replay(run.events), run)
})

test('settling needs a created run', () => {
  const epoch = replay(eventful().events).epochs.get(1n)!
  assert.throws(() => settlementOf(begin(), epoch), { code: 'transition/no-run', retryable: true })
})
