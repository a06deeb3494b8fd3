// The replay of a run, held against a coordinator in memory. Single rules: transitionRules.test.ts.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { slotsOf } from './bitmap.ts'
import { EVENT_NAMES, type RunEvent, type RunParams } from './events.ts'
import { groundsOf } from './grounds.ts'
import type { Hex } from './hex.ts'
import { isDue, isFit } from './phase.ts'
import { playAny, playReveals, playRound, playScores, playVotes, staff, staffedRun } from './plays.fixture.ts'
import { RunSimulator } from './runSimulator.fixture.ts'
import { claimKey, initialState, type RunState } from './runState.ts'
import { lineageOf } from './runView.ts'
import { addressOf, COORDINATOR, ETHER, NATIVE, OWNER, RUN } from './simulatedRun.fixture.ts'
import { ZERO_ADDRESS } from './tags.ts'
import { transition } from './transition.ts'
import { usefulnessOf } from './usefulness.ts'

const begin = (): RunState => initialState(RUN, COORDINATOR, NATIVE)
const replay = (events: readonly RunEvent[], from = begin()): RunState => events.reduce(transition, from)

/** What both keep books of. */
function checkBooks(state: RunState, run: RunSimulator): void {
  assert.equal(state.phase, run.phase)
  assert.equal(state.mix, run.mix)
  assert.equal(state.stateRoot, run.root)
  assert.equal(state.round?.id ?? 0n, run.round)
  assert.equal(lineageOf(state).length, run.finals.length)
  for (const { round, parentRoot } of lineageOf(state)) assert.equal(run.grounds.get(round)?.parentRoot, parentRoot)
  for (const { id } of state.rounds) assert.deepEqual(groundsOf(state, id), run.grounds.get(id))
  assert.equal(state.rounds.length, Number(run.round) - (state.round === null || state.round.end !== null ? 0 : 1))
  assert.deepEqual([state.deposit, state.source, state.booking], [run.deposit, run.source, null])
  checkMembers(state, run)
  assert.deepEqual(
    [...state.epochs.values()].map(({ phase, miners, validators, finalRounds, lastRound }) => {
      return { phase, miners, validators, finalRounds, lastRound }
    }),
    run.epochs.map(({ phase, miners, validators, finalRounds, lastRound }) => {
      return { phase, miners, validators, finalRounds, lastRound }
    }),
  )
  checkMoney(state, run)
  // Past every deadline, advance does something exactly when the contract would; so it does before, if all have acted.
  assert.deepEqual([isDue(state, 2n ** 60n), isDue(state, 1n)], [run.isDue, run.isDueEarly])
}

function checkMembers(state: RunState, { seats }: RunSimulator): void {
  for (const role of ['miner', 'validator'] as const) {
    const members = role === 'miner' ? state.miners : state.validators
    assert.deepEqual(new Map([...members].map(([slot, { slot: _, ...member }]) => [slot, member])), seats[role])
  }
  assert.deepEqual(new Map([...state.heirs].map(([slot, { operator }]) => [slot, operator])), seats.heirs)
  for (const [slot, use] of usefulnessOf(state)) assert.equal(use, seats.use(slot))
}

function checkMoney(state: RunState, { escrow, fits }: RunSimulator): void {
  assert.equal(state.granted, escrow.granted)
  assert.deepEqual(
    [...state.epochs.values()].map(({ pots }) => pots?.grant),
    escrow.grants,
  )
  for (const [epoch, { shares, totalShare, ownerShare }] of escrow.settled) {
    const settlement = state.epochs.get(BigInt(epoch))?.settlement
    assert.deepEqual([settlement?.shares, settlement?.booked], [shares, true])
    assert.deepEqual([settlement?.totalShare, settlement?.ownerShare], [totalShare, ownerShare])
    assert.ok([...shares.values(), ownerShare].reduce((sum, share) => sum + share) <= totalShare)
  }
  const claims = [...state.epochs.values()].flatMap(({ id, settlement }) =>
    [...(settlement?.claimed ?? [])].map(([key, amount]) => [`${key}/${id}`, amount] as const),
  )
  assert.deepEqual(new Map(claims), escrow.claims)
  assert.equal(state.sponsorships.size, escrow.sponsorships.length)
  for (const [source, { nextReturn }] of state.sponsorships) {
    const { first, returned } = escrow.at(source)
    assert.equal(nextReturn, BigInt(first + returned))
    assert.equal(isFit(state, source), fits.call({ escrow, params: state.params } as RunSimulator, source))
  }
}

/** A run in which everything happens once: six rounds, three epochs, members that come, go and are replaced, claims, an end. */
function eventful(): RunSimulator {
  const run = staffedRun({ maxRounds: 6n, maxMiners: 3, protectionEpochs: 0 })
  const { seats, escrow } = run
  const ann = addressOf('ann')
  run.publish({ name: 'EndpointSet', operator: ann, endpoint: 'https://Ann.example/0xAB' })
  run.publish({ name: 'DelegateSet', operator: ann, delegate: addressOf('ann hot') })
  run.publish({ name: 'PayoutSet', operator: ann, payout: addressOf('ann bank') })
  seats.setKey('miner', 0)
  escrow.sponsor(NATIVE, 25n * ETHER, 10n * ETHER)
  escrow.raise(1n, 3n * ETHER)
  run.useSponsorship(1n)
  playRound(run)
  const slot = seats.join('miner', addressOf('cem'))
  // One miner is late, another does not reveal, the first leader is refused.
  run.commit(0)
  run.advance()
  run.commit(1)
  run.advance()
  run.reveal(0)
  run.advance()
  run.propose([0])
  playVotes(run, 'refuse')
  run.advance()
  run.advance()
  playScores(run, 1n)
  escrow.claim(0n, 1n, ann, ann, 60n)
  escrow.claim(0n, 1n, ann, addressOf('holder'), 30n)
  escrow.claim(1n, 1n, OWNER, ZERO_ADDRESS)
  escrow.reclaim(1n)
  escrow.withdraw(1n, 2n * ETHER)
  playRound(run)
  // The newest has been of no use; it is replaced.
  seats.replace(slot, addressOf('heir'))
  // Nobody commits: a void round.
  run.advance()
  run.advance()
  playScores(run, 2n)
  seats.release('miner', slot)
  // Validators agree on nothing; then that the model got worse.
  playReveals(run)
  run.propose([])
  playVotes(run, 'attest')
  run.advance()
  playRound(run, 'worse')
  // No quorum of scores: the pots go back.
  run.openScoreReveal(3n)
  run.settle(3n)
  run.close()
  return run
}

/** A run in which a court undoes rounds and punishes members: that sit, that leave, that have left. */
function tried(): RunSimulator {
  const run = staffedRun({ maxMiners: 5, maxIncluded: 2 })
  const { seats } = run
  for (const name of ['cem', 'dan', 'fay']) seats.join('miner', addressOf(name))
  const past = (name: string) => seats.pasts.find(({ operator }) => operator === addressOf(name))!
  seats.leave('miner', 3)
  seats.release('miner', 3)
  playRound(run)
  seats.leave('miner', 4)
  playRound(run)
  playScores(run, 1n)
  seats.release('miner', 4)
  playRound(run)
  // Round 4 is open; who is punished in it has taken part in the one before.
  run.commit(0)
  seats.punish('miner', past('cem'), 2n)
  seats.punish('miner', past('fay'), 1n)
  seats.leave('validator', 0)
  seats.punish('validator', past('val'), 2n)
  run.refute(3n)
  // Round 5 is of epoch 3.
  playRound(run)
  run.refute(2n)
  playRound(run)
  playScores(run, 3n)
  run.refute(1n)
  return run
}

test('an eventful run is replayed to the same books', () => {
  const run = eventful()
  const state = replay(run.events)
  checkBooks(state, run)
  assert.equal(state.phase, 'Ended')
  assert.deepEqual(
    state.rounds.map(({ end }) => (end?.kind === 'void' ? end.reason : end?.kind)),
    ['final', 'NoQuorum', 'final', 'NothingRevealed', 'NothingValid', 'WorseModel'],
  )
  assert.equal(state.owner, OWNER)
  assert.deepEqual(state.operators.get(addressOf('ann')), {
    endpoint: 'https://Ann.example/0xAB',
    delegate: addressOf('ann hot'),
    payout: addressOf('ann bank'),
  })
  assert.equal(state.miners.get(0)?.key, addressOf('ann hot'))
  assert.equal(state.stateRound, 3n)
  const [first] = state.rounds
  assert.deepEqual(slotsOf(first!.revealed), [...first!.contributions.keys()])
  assert.deepEqual(
    [...first!.contributions.values()].map(({ revealed }) => revealed?.order),
    [0, 1],
  )
  const met = new Set<string>([...run.events, ...tried().events].map(({ name }) => name))
  const names = Object.values(EVENT_NAMES).flat()
  assert.deepEqual(
    names.filter((name) => !met.has(name)),
    ['HeirReleased', 'RunIdle'],
    'every other event is met',
  )
})

test('a run that a court has tried is replayed to the same books', () => {
  const run = tried()
  const state = replay(run.events)
  checkBooks(state, run)
  assert.deepEqual(
    state.rounds.map(({ end }) => (end?.kind === 'void' ? end.reason : end?.kind)),
    ['undone', 'undone', 'undone', 'RolledBack', 'undone', 'RolledBack', 'undone', 'RolledBack'],
  )
  assert.deepEqual([state.stateRoot, state.stateRound], [run.params.genesisRoot, 0n])
  assert.deepEqual(
    [...state.epochs.values()].map(({ phase, finalRounds }) => [phase, finalRounds]),
    [
      // Settled before it was refuted, or after.
      ['Settled', 2],
      ['Commit', 0],
      ['Settled', 0],
      ['Commit', 0],
      ['Open', 0],
    ],
  )
  const cem = state.miners.get(2)!
  assert.deepEqual([cem.leaving, cem.lastRound, cem.stake], [true, 3n, 0n])
  assert.deepEqual(
    [...state.epochs.values()].map(({ minerRounds }) => minerRounds.get(2)),
    [2, 1, undefined, undefined, undefined],
  )
})

test('an epoch earns for each of its rounds that moved the root', () => {
  const { epochs } = replay(eventful().events)
  const half = 2n ** 63n
  assert.deepEqual(
    [...epochs.values()].map(({ settlement }) => settlement?.totalShare),
    [half, half, 0n],
  )
  // Of the first one's grant: ann's two holders got 90 % of what its pool earned.
  const { shares, claimed } = epochs.get(1n)!.settlement!
  const due = (1000n * ETHER * shares.get(addressOf('ann'))!) / 2n ** 64n
  const key = (holder: string): string => claimKey(0n, addressOf('ann'), addressOf(holder))
  assert.deepEqual([claimed.get(key('ann')), claimed.get(key('holder'))], [(due * 60n) / 100n, (due * 30n) / 100n])
})

const params: fc.Arbitrary<Partial<RunParams>> = fc.record({
  roundsPerEpoch: fc.integer({ min: 1, max: 3 }),
  maxRounds: fc.constantFrom(0n, 3n),
  maxLeaders: fc.integer({ min: 1, max: 3 }),
  minMiners: fc.integer({ min: 1, max: 2 }),
  maxMiners: fc.constantFrom(3, 4, 20),
  protectionEpochs: fc.integer({ min: 0, max: 2 }),
  rewardToken: fc.constantFrom(NATIVE, addressOf('token')),
  minPot: fc.constantFrom(1n, 8n),
})

test('any course of a run is replayed to the same books', () => {
  // Without a size they would be of ten picks, and no round would come to its end.
  const course = fc.array(fc.nat({ max: 1000 }), { maxLength: 400, size: 'max' })
  fc.assert(
    fc.property(course, params, (picks, settings) => {
      const run = new RunSimulator(settings)
      run.escrow.grant(5000n * ETHER)
      if (run.params.rewardToken !== NATIVE) {
        run.escrow.sponsor(run.params.rewardToken, 100n, 9n)
        run.useSponsorship(1n)
      }
      staff(run)
      for (const pick of picks) playAny(run, pick)
      checkBooks(replay(run.events), run)
    }),
    { numRuns: 200 },
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
  RunCreated: ['owner', 'params', 'deposit'],
  MemberJoined: ['operator', 'stake'],
  HeirNamed: ['operator'],
  MemberPunished: ['epoch', 'reporter'],
  RoundOpened: ['trainSeed', 'deadline'],
  CommitCalled: ['deadline'],
  Committed: ['slot', 'commitment', 'block'],
  RevealOpened: ['testSeed', 'deadline'],
  LeaderDrawn: ['deadline'],
  Attested: ['worse'],
  EpochClosed: ['deadline'],
  ScoresCommitted: ['commitment'],
  ScoreRevealOpened: ['deadline'],
  Granted: ['from', 'amount'],
  Sponsored: ['sponsor', 'token', 'amount', 'perEpoch'],
  SponsorshipRaised: ['amount'],
  SponsorshipWithdrawn: ['to', 'amount'],
  SponsorshipReturned: ['to'],
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

/** Claims of holders are bounded together, not one by one. */
function isHolders(event: RunEvent, field: string): boolean {
  return event.name === 'Claimed' && event.holder !== ZERO_ADDRESS && ['amount', 'holder'].includes(field)
}

for (const [name, course] of Object.entries({ eventful, tried })) {
  test(`an event of the ${name} run with a wrong field is noticed at once`, () => {
    let state = begin()
    for (const event of course().events) {
      for (const [field, value] of Object.entries(event)) {
        if (field === 'name' || FREE[event.name]?.includes(field) || isHolders(event, field)) continue
        const wrong = { ...event, [field]: perturbed(value) } as RunEvent
        assert.throws(() => transition(state, wrong), impossible, `${event.name}.${field}`)
      }
      state = transition(state, event)
    }
  })

  test(`an event of the ${name} run that comes twice is noticed at once`, () => {
    // Of what is given and of what the stake vault says there may be more.
    const repeatable = ['Granted', 'KeySet', 'SponsorshipRaised', 'SponsorshipWithdrawn', ...EVENT_NAMES.stakeVault]
    let state = begin()
    for (const event of course().events) {
      state = transition(state, event)
      if (!repeatable.includes(event.name)) assert.throws(() => transition(state, event), impossible, event.name)
    }
  })
}

/**
 * Leaves no trace by design: a last call that all answer, votes for a leader that was replaced (in round 2), a key told again, an heir
 * that sat down in a slot which anyone could have had by then.
 */
function leavesNoTrace(event: RunEvent, state: RunState): boolean {
  if (event.name === 'CommitCalled') return true
  if (event.name === 'HeirNamed') return event.operator === addressOf('heir')
  if (event.name === 'KeySet') return state.miners.get(event.slot)?.key === event.key
  return ['Proposed', 'Attested', 'Refused'].includes(event.name) && 'round' in event && event.round === 2n
}

test('an event that is missing is noticed by the end', () => {
  const { events } = eventful()
  const whole = replay(events)
  for (const [i, event] of events.entries()) {
    if (leavesNoTrace(event, replay(events.slice(0, i)))) continue
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
    'MediansVerified',
    'EpochSettled',
    'PotsOpened',
    'PotsSettled',
    'RunEnded',
  ]
  const { events } = eventful()
  let state = begin()
  for (const [i, event] of events.entries()) {
    // Until the first round members may still join, or not.
    const later = state.round === null ? [] : events.slice(i + 1).filter(({ name }) => deciding.includes(name))
    for (const other of later)
      assert.throws(() => transition(state, other), impossible, `${other.name} before ${event.name}`)
    state = transition(state, event)
  }
})

test('case does not matter in addresses and hashes', () => {
  const { events } = eventful()
  const upper = (value: unknown): unknown => {
    if (typeof value === 'object' && value !== null) return shouted(value)
    return typeof value === 'string' && /^0x[0-9a-f]{2,}$/.test(value) ? `0x${value.slice(2).toUpperCase()}` : value
  }
  const shouted = (object: object): object =>
    Object.fromEntries(Object.entries(object).map(([name, value]) => [name, upper(value)]))
  assert.deepEqual(replay(events.map((event) => shouted(event) as RunEvent)), replay(events))
})
