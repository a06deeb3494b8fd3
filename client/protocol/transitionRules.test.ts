// Single rules of the replay, each with what it allows and what it does not.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { slotsOf } from './bitmap.ts'
import { settlementOf } from './epochSettlement.ts'
import type { RunEvent } from './events.ts'
import type { Hex } from './hex.ts'
import { playReveals, playRound, playScores, playVotes, staff, staffedRun } from './plays.fixture.ts'
import { proposalHash } from './proposal.ts'
import { RunSimulator } from './runSimulator.fixture.ts'
import { initialState, type RunState } from './runState.ts'
import { addressOf, COORDINATOR, DEPOSIT, ETHER, hashOf, NATIVE, OWNER, RUN } from './simulatedRun.fixture.ts'
import { ZERO_ADDRESS, ZERO_HASH } from './tags.ts'
import { transition } from './transition.ts'

const begin = (): RunState => initialState(RUN, COORDINATOR, NATIVE)
const replay = (run: RunSimulator): RunState => run.events.reduce(transition, begin())
const impossible = { code: 'transition/impossible' }

/** An event of the run, whose name the tests vary. */
function of(event: object): RunEvent {
  return { run: RUN, ...event } as RunEvent
}
function ofEscrow(event: object): RunEvent {
  return { run: RUN, manager: COORDINATOR, ...event } as RunEvent
}

/** @param cases what the rule does not allow after the state. */
function refuses(state: RunState, cases: readonly RunEvent[]): void {
  for (const event of cases) assert.throws(() => transition(state, event), impossible, JSON.stringify(event, plain))
}
function plain(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value
}

test('a stake is what the run asks for, and a weight what counts of it', () => {
  const state = replay(staffedRun())
  const base = { name: 'MemberJoined', operator: addressOf('new'), slot: 2, activeFrom: 1n }
  const miner = { ...base, role: 0, stake: 5n * ETHER, weight: 0n }
  const validator = { ...base, role: 1, stake: 60n * ETHER, weight: 50n * ETHER }
  for (const good of [miner, validator, { ...validator, stake: 10n * ETHER, weight: 10n * ETHER }])
    transition(state, of(good))
  refuses(state, [
    of({ ...miner, stake: 5n * ETHER - 1n }),
    of({ ...miner, stake: 5n * ETHER + 1n }),
    of({ ...validator, stake: 9n * ETHER, weight: 9n * ETHER }),
    of({ ...validator, weight: 60n * ETHER }),
    of({ ...validator, weight: 49n * ETHER }),
    of({ ...miner, operator: addressOf('ann') }),
  ])
})

test('weights of all that stay fit 96 bits', () => {
  const whole = 2n ** 96n - 1n
  const run = new RunSimulator({ validatorWeightCap: whole })
  run.seats.join('validator', addressOf('val'), whole - 10n * ETHER)
  const next = { name: 'MemberJoined', operator: addressOf('new'), role: 1, slot: 1, activeFrom: 1n }
  const state = replay(run)
  transition(state, of({ ...next, stake: 10n * ETHER, weight: 10n * ETHER }))
  refuses(state, [of({ ...next, stake: 10n * ETHER + 1n, weight: 10n * ETHER + 1n })])
  // Who leaves makes room.
  run.seats.leave('validator', 0)
  transition(replay(run), of({ ...next, stake: whole, weight: whole }))
})

test('a run has no more members than it was created for', () => {
  const run = staffedRun({ maxMiners: 2, maxValidators: 2 })
  const next = { name: 'MemberJoined', operator: addressOf('new'), slot: 2, activeFrom: 1n }
  refuses(replay(run), [
    of({ ...next, role: 0, stake: 5n * ETHER, weight: 0n }),
    of({ ...next, role: 1, stake: 10n * ETHER, weight: 10n * ETHER }),
  ])
})

test('a slot is acted in by the operator or its delegate, and begins with the delegate', () => {
  const run = staffedRun()
  const ann = addressOf('ann')
  const key = { name: 'KeySet', role: 0, slot: 0 }
  refuses(replay(run), [of({ ...key, key: addressOf('hot') }), of({ ...key, slot: 2, key: ann })])
  run.publish({ name: 'DelegateSet', operator: ann, delegate: addressOf('hot') })
  const state = replay(run)
  for (const account of [ann, addressOf('hot')])
    assert.equal(transition(state, of({ ...key, key: account })).miners.get(0)?.key, account)
  run.publish({ name: 'DelegateSet', operator: ann, delegate: ZERO_ADDRESS })
  refuses(replay(run), [of({ ...key, key: addressOf('hot') })])

  const cem = addressOf('cem')
  run.publish({ name: 'DelegateSet', operator: cem, delegate: addressOf('cem hot') })
  run.seats.join('miner', cem)
  const joined = run.events.slice(0, -1).reduce(transition, begin())
  refuses(joined, [of({ ...key, slot: 2, key: cem }), of({ name: 'RunIdle' })])
})

test('a proposal includes what was revealed, no more than allowed, and moves the root if it includes anything', () => {
  const run = staffedRun({ maxIncluded: 1 })
  playReveals(run)
  const state = replay(run)
  const { round, leader, root } = run
  const operator = run.operator('validator', leader)
  const propose = (included: bigint, nextRoot: Hex): RunEvent => {
    const fields = { round, attempt: 1, included, nextRoot }
    return of({ name: 'Proposed', operator, ...fields, proposal: proposalHash({ run: RUN, ...fields }) })
  }
  const other = hashOf('other')
  transition(state, propose(0b10n, other))
  transition(state, propose(0n, root))
  refuses(state, [
    propose(0b11n, other),
    propose(0b100n, other),
    propose(1n, root),
    propose(0n, other),
    propose(1n, ZERO_HASH),
    { ...propose(0b10n, other), proposal: hashOf('else') } as RunEvent,
  ])
})

test('votes name the proposal, and the leader’s comes first', () => {
  const run = staffedRun({ validatorWeightCap: 10n * ETHER })
  run.seats.join('validator', addressOf('zoe'))
  playReveals(run)
  const vote = (slot: number, name = 'Attested'): object => {
    return { name, round: 1n, operator: run.operator('validator', slot), slot, worse: false }
  }
  const { leader } = run
  const other = leader === 0 ? 1 : 0
  refuses(replay(run), [of({ ...vote(leader), proposal: ZERO_HASH })])
  run.propose([0])
  const before = run.events.slice(0, -1).reduce(transition, begin())
  const { proposal } = run
  refuses(before, [of({ ...vote(other), proposal }), of({ ...vote(leader, 'Refused'), proposal })])
  const state = replay(run)
  transition(state, of({ ...vote(other), proposal }))
  refuses(state, [of({ ...vote(other), proposal: hashOf('else') }), of({ ...vote(leader), proposal })])
})

test('a model that most of those that attested measured as worse is not taken, and nobody else is asked', () => {
  // Three of equal weight: two attest, of which one says worse, then two.
  const play = (worse: number): RunSimulator => {
    const run = staffedRun({ validatorWeightCap: 10n * ETHER })
    run.seats.join('validator', addressOf('zoe'))
    playReveals(run)
    run.propose([0], worse > 0 ? 'worse' : 'attest')
    const [next] = [0, 1, 2].filter((slot) => slot !== run.leader)
    run.vote(next!, worse > 1 ? 'worse' : 'attest')
    return run
  }
  const ends = (run: RunSimulator): readonly RunEvent[] => [
    of({ name: 'RoundFinalized', round: 1n, included: 1n, root: run.nextRoot }),
    of({ name: 'RoundVoided', round: 1n, reason: 3 }),
  ]
  for (const worse of [0, 1, 2]) {
    const run = play(worse)
    const [final, voided] = ends(run) as [RunEvent, RunEvent]
    const [good, bad] = worse === 2 ? [voided, final] : [final, voided]
    transition(replay(run), good)
    refuses(replay(run), [bad, of({ name: 'RoundVoided', round: 1n, reason: 2 })])
  }
})

test('the mix takes the seals of those that revealed, once Reveal closes', () => {
  const run = staffedRun()
  run.advance()
  run.commit(0)
  run.commit(1)
  run.advance()
  run.reveal(1)
  run.reveal(0)
  assert.equal(replay(run).mix, ZERO_HASH)
  run.advance()
  const { mix } = replay(run)
  assert.equal(mix, run.mix)
  assert.notEqual(mix, ZERO_HASH)
  playVotes(run, 'refuse')
})

test('a settlement may come in pages of whole words, which follow one another', () => {
  const run = staffedRun({ maxMiners: 20, maxRounds: 2n })
  playRound(run)
  playRound(run)
  for (const slot of [0, 1]) run.commitScores(1n, slot, Array(20).fill(500))
  run.openScoreReveal(1n)
  run.revealScores(1n, 1)
  run.revealScores(1n, 0)
  const { medians, totalShare } = settlementOf(replay(run), replay(run).epochs.get(1n)!)
  const page = (firstSlot: number, slots: number): RunEvent => {
    const list = [...medians.slice(firstSlot, firstSlot + slots)].map((median) => median.toString(16).padStart(4, '0'))
    return of({ name: 'MediansVerified', epoch: 1n, firstSlot, medians: `0x${list.join('')}` })
  }
  refuses(replay(run), [page(0, 0), page(0, 7), page(0, 12), page(8, 12)])
  for (const good of [page(0, 8), page(0, 16), page(0, 20)]) transition(replay(run), good)
  run.settle(1n, 8)
  assert.equal(replay(run).epochs.get(1n)?.settledSlots, 8)
  refuses(replay(run), [page(0, 8), page(8, 4), of({ name: 'EpochSettled', epoch: 1n, totalShare })])
  run.settle(1n, 8)
  run.settle(1n)
  assert.equal(replay(run).epochs.get(1n)?.phase, 'Settled')
})

test('no epoch is settled on the word of less than half of the weight', () => {
  const run = staffedRun({ maxRounds: 1n })
  playRound(run)
  run.commitScores(1n, 0, [9, 9, 9, 9])
  run.openScoreReveal(1n)
  run.revealScores(1n, 0)
  refuses(replay(run), [of({ name: 'MediansVerified', epoch: 1n, firstSlot: 0, medians: `0x${'00'.repeat(8)}` })])
  run.settle(1n)
  assert.equal(replay(run).epochs.get(1n)?.settlement?.totalShare, 0n)
  assert.equal(run.escrow.granted, 5000n * ETHER)
})

test('an heir is named for the least useful miner of a full run, and for nobody that is protected', () => {
  const run = staffedRun({ maxMiners: 4, protectionEpochs: 2, roundsPerEpoch: 1 })
  for (const name of ['cem', 'dee']) run.seats.join('miner', addressOf(name))
  playRound(run)
  // The higher the slot the better, so slot 0 is the least useful.
  playScores(run, 1n)
  const heir = (slot: number, leave = slot): RunEvent[] => [
    of({
      name: 'MemberLeaving',
      operator: run.operator('miner', leave),
      role: 0,
      slot: leave,
      lastEpoch: BigInt(run.epochs.length),
    }),
    of({ name: 'HeirNamed', operator: addressOf('heir'), slot, stake: 5n * ETHER }),
  ]
  const name = (events: readonly RunEvent[]): RunState => events.reduce(transition, replay(run))
  assert.equal(run.epochs.length, 2)
  assert.throws(() => name(heir(0)), impossible, 'protected until epoch 3')
  playRound(run)
  playScores(run, 2n)
  assert.deepEqual(run.seats.replaceable, [0])
  const named = name(heir(0))
  assert.deepEqual(named.heirs.get(0), { slot: 0, operator: addressOf('heir'), stake: 5n * ETHER })
  assert.throws(() => name(heir(1)), impossible, 'slot 0 was of less use')
  assert.throws(() => name(heir(0, 1)), impossible, 'somebody else left')
  assert.throws(() => name(heir(0).slice(1)), impossible, 'nobody left')
  const [left, then] = heir(0) as [RunEvent, RunEvent]
  const granted = ofEscrow({ name: 'Granted', from: OWNER, amount: 1n })
  assert.throws(() => name([left, granted, then]), impossible, 'it left by itself')
  assert.throws(() => name([left, { ...then, operator: addressOf('bob') } as RunEvent]), impossible, 'a member already')
  // One of four slots in an epoch.
  run.seats.replace(0, addressOf('heir'))
  assert.throws(() => name(heir(1)), impossible, 'too many in this epoch')
})

test('an heir takes the slot when it is released, before anything else happens', () => {
  const run = staffedRun({ maxMiners: 2, protectionEpochs: 0, roundsPerEpoch: 1 })
  playRound(run)
  playScores(run, 1n)
  run.seats.replace(0, addressOf('heir'))
  playRound(run)
  playScores(run, 2n)
  const gone = transition(replay(run), of({ name: 'MemberReleased', operator: addressOf('ann'), role: 0, slot: 0 }))
  refuses(gone, [
    ofEscrow({ name: 'Granted', from: OWNER, amount: 1n }),
    of({ name: 'HeirReleased', operator: addressOf('heir'), slot: 0 }),
  ])
  run.seats.release('miner', 0)
  assert.equal(replay(run).miners.get(0)?.operator, addressOf('heir'))
  assert.equal(replay(run).heirs.size, 0)
})

test('in a run that is over an heir gets its stake back instead of a seat', () => {
  const run = staffedRun({ maxMiners: 2, protectionEpochs: 0, roundsPerEpoch: 1, maxRounds: 2n })
  playRound(run)
  playScores(run, 1n)
  run.seats.replace(0, addressOf('heir'))
  playRound(run)
  playScores(run, 2n)
  run.seats.release('miner', 0)
  const state = replay(run)
  assert.deepEqual([state.phase, state.heirs.size, state.miners.has(0)], ['Ended', 0, false])
})

test('to leave and join anew gives no new protection', () => {
  const run = staffedRun({ protectionEpochs: 3, roundsPerEpoch: 1 })
  assert.equal(replay(run).miners.get(0)?.protectedUntil, 4n)
  playRound(run)
  run.seats.leave('miner', 1)
  playReveals(run)
  run.seats.join('miner', addressOf('cem'))
  assert.equal(replay(run).miners.get(2)?.protectedUntil, 5n)
  playScores(run, 1n)
  run.propose([0])
  playVotes(run, 'attest')
  run.advance()
  playScores(run, 2n)
  run.seats.release('miner', 1)
  run.seats.join('miner', addressOf('bob'))
  assert.equal(replay(run).miners.get(1)?.protectedUntil, 4n)
})

test('a claim is within what the operator’s pool earned, and is paid once', () => {
  const run = staffedRun({ maxRounds: 2n })
  playRound(run)
  playRound(run)
  playScores(run, 1n)
  const bob = addressOf('bob')
  const due = run.escrow.due(0n, 1n, bob)
  const claim = { name: 'Claimed', operator: bob, source: 0n, epoch: 1n }
  const state = replay(run)
  const half = transition(state, ofEscrow({ ...claim, holder: addressOf('holder'), amount: due / 2n }))
  const rest = due - due / 2n
  transition(half, ofEscrow({ ...claim, holder: bob, amount: rest }))
  refuses(state, [
    ofEscrow({ ...claim, holder: bob, amount: due + 1n }),
    ofEscrow({ ...claim, holder: bob, amount: 0n }),
    ofEscrow({ ...claim, holder: bob, amount: 1n, source: 1n }),
    ofEscrow({ ...claim, holder: bob, amount: 1n, epoch: 2n }),
    ofEscrow({ ...claim, holder: ZERO_ADDRESS, amount: due }),
    ofEscrow({ ...claim, holder: addressOf('x'), operator: addressOf('nobody'), amount: 1n }),
  ])
  refuses(half, [
    ofEscrow({ ...claim, holder: bob, amount: rest + 1n }),
    ofEscrow({ ...claim, holder: addressOf('holder'), amount: 1n }),
  ])
  const owners = run.escrow.due(0n, 1n, OWNER, true)
  const own = { ...claim, operator: OWNER, holder: ZERO_ADDRESS }
  transition(state, ofEscrow({ ...own, amount: owners }))
  refuses(state, [ofEscrow({ ...own, amount: owners - 1n })])
})

test('sponsors take back no more than is free or unearned', () => {
  const run = staffedRun({ roundsPerEpoch: 1 })
  run.escrow.sponsor(addressOf('token'), 25n, 10n)
  for (let round = 0; round < 2; round++) playRound(run)
  // Three epochs have opened: 10, 10 and 5.
  const about = { source: 1n, to: OWNER }
  const state = replay(run)
  refuses(state, [
    ofEscrow({ name: 'SponsorshipWithdrawn', ...about, amount: 1n }),
    ofEscrow({ name: 'SponsorshipRaised', source: 1n, amount: 1n }),
    ofEscrow({ name: 'SponsorshipReturned', ...about, nextEpoch: 2n, amount: 0n }),
  ])
  playScores(run, 1n, () => 0)
  const returned = ofEscrow({ name: 'SponsorshipReturned', ...about, nextEpoch: 2n, amount: 10n })
  const after = transition(replay(run), returned)
  assert.equal(after.sponsorships.get(1n)?.nextReturn, 2n)
  refuses(after, [returned, { ...returned, to: ZERO_ADDRESS, amount: 0n } as RunEvent])
})

test('a run that wants another token waits for a sponsorship in it', () => {
  const token = addressOf('token')
  const run = new RunSimulator({ rewardToken: token, minPot: 8n })
  staff(run)
  run.escrow.grant(5000n * ETHER)
  run.escrow.sponsor(token, 100n, 7n)
  run.escrow.sponsor(addressOf('worthless'), 100n, 10n)
  run.escrow.sponsor(token, 20n, 10n)
  refuses(replay(run), [
    of({ name: 'EpochOpened', epoch: 1n, firstRound: 1n }),
    of({ name: 'SourceNamed', source: 1n }),
    of({ name: 'SourceNamed', source: 2n }),
    of({ name: 'SourceNamed', source: 4n }),
  ])
  run.useSponsorship(3n)
  run.escrow.sponsor(token, 100n, 9n)
  refuses(replay(run), [of({ name: 'SourceNamed', source: 4n })])
  for (let round = 0; round < 4; round++) playRound(run)
  assert.equal(replay(run).phase, 'Idle', 'two epochs were paid')
  run.useSponsorship(4n)
  run.advance()
  assert.equal(replay(run).phase, 'Train')
})

test('a run is ended by its owner while it is idle and empty; the deposit goes back once', () => {
  const run = staffedRun()
  const back = { name: 'DepositReturned', owner: OWNER, amount: DEPOSIT }
  refuses(replay(run), [of({ name: 'RunEnded' }), of({ name: 'RunIdle' }), of(back)])
  for (const role of ['miner', 'validator'] as const)
    for (const slot of [0, 1]) {
      run.seats.leave(role, slot)
      run.seats.release(role, slot)
    }
  run.close()
  const state = replay(run)
  assert.deepEqual([state.phase, state.deposit], ['Ended', 0n])
  refuses(state, [of(back), of({ name: 'RunEnded' })])
  // Whoever calls again is given nothing.
  transition(state, of({ ...back, amount: 0n }))
})

test('a run goes on as long as it has members and money, and is idle else', () => {
  const run = staffedRun({ minPot: 1000n * ETHER, roundsPerEpoch: 1 })
  for (let round = 0; round < 4; round++) playRound(run)
  run.commit(0)
  run.commit(1)
  run.advance()
  run.reveal(0)
  run.reveal(1)
  run.advance()
  run.propose([0])
  playVotes(run, 'attest')
  run.advance()
  const [idle] = run.events.slice(-1)
  assert.equal(idle?.name, 'RunIdle')
  assert.equal(slotsOf(run.epoch(5n).miners).length, 2)
  const funded = [ofEscrow({ name: 'Granted', from: OWNER, amount: 1000n * ETHER }), idle as RunEvent]
  const before = run.events.slice(0, -1)
  assert.throws(() => [...before, ...funded].reduce(transition, begin()), impossible, 'the next epoch can open')
})

test('settling needs a created run', () => {
  const run = staffedRun({ roundsPerEpoch: 1 })
  playRound(run)
  const epoch = replay(run).epochs.get(1n)!
  assert.throws(() => settlementOf(begin(), epoch), { code: 'transition/no-run', retryable: true })
})

test('events of another run, or of another manager, are not of this one', () => {
  const state = replay(staffedRun())
  refuses(state, [
    { ...of({ name: 'RunEnded' }), run: RUN + 1n } as RunEvent,
    { ...ofEscrow({ name: 'Granted', from: OWNER, amount: 1n }), manager: OWNER } as RunEvent,
  ])
})
