// A coordinator in memory, with its vaults, for tests: actions go in, the events that the contracts would emit come out, in the
// contracts' order. It keeps its own books, apart from RunState, so that a replay is held against something. @testonly

import { bitmapOf, slotsOf } from './bitmap.ts'
import { contributionCommitment } from './commitment.ts'
import type { Role, RunEvent, RunParams } from './events.ts'
import { bytesToHex, type Hex } from './hex.ts'
import { drawLeader } from './leader.ts'
import { encodeScores, scoreCommitment } from './scoreCommitment.ts'
import { mixSalt, testSeed, trainSeed } from './seeds.ts'
import { settle } from './settlement.ts'
import {
  type AnyEvent,
  beaconOf,
  type Epoch,
  hashOf,
  idsOf,
  known,
  type Opening,
  OWNER,
  RUN,
  type Seat,
  sampleParams,
} from './simulatedRun.fixture.ts'
import { ZERO_HASH } from './tags.ts'

export class RunSimulator {
  readonly events: RunEvent[] = []
  readonly params: RunParams
  readonly seats = { miner: new Map<number, Seat>(), validator: new Map<number, Seat>() }
  readonly epochs: Epoch[] = []
  phase: 'Idle' | 'Train' | 'Commit' | 'Reveal' | 'Attest' | 'Ended' = 'Idle'
  root: Hex
  round = 0n
  mix: Hex = ZERO_HASH
  time = 1_700_000_000n
  funds = 0n
  miners = 0n
  validators = 0n
  openings = new Map<number, Opening>()
  committed: number[] = []
  revealed: number[] = []
  seed: Hex = ZERO_HASH
  led: number[] = []
  leader = -1
  included = 0n
  nextRoot: Hex = ZERO_HASH
  attested: number[] = []
  refused: number[] = []
  readonly credits = new Map<Hex, bigint>()

  constructor(params: Partial<RunParams> = {}) {
    this.params = { ...sampleParams, ...params }
    this.root = this.params.genesisRoot
    this.#emit({ name: 'RunCreated', owner: OWNER, params: this.params })
  }

  #emit(event: AnyEvent): void {
    this.time += 1n
    this.events.push({ ...event, ...idsOf(event.name) } as RunEvent)
  }

  seat(role: Role, slot: number): Seat {
    return known(this.seats[role].get(slot))
  }

  epoch(id: bigint): Epoch {
    return known(this.epochs[Number(id) - 1])
  }

  /** Of the stake vault: whatever an operator publishes. */
  publish(event: Extract<RunEvent, { name: 'EndpointSet' | 'DelegateSet' | 'PayoutSet' }>): void {
    this.#emit(event)
  }

  fund(amount: bigint): void {
    this.funds += amount
    this.#emit({ name: 'Funded', from: OWNER, amount })
  }

  join(role: Role, operator: Hex, stake?: bigint): number {
    const seats = this.seats[role]
    let slot = 0
    while (seats.has(slot)) slot++
    const locked = stake ?? (role === 'miner' ? this.params.minerStake : this.params.validatorStake)
    const cap = this.params.validatorWeightCap
    const weight = role === 'miner' ? 0n : locked > cap ? cap : locked
    const activeFrom = this.round + 1n
    seats.set(slot, { operator, weight, activeFrom, leaving: false, lastEpoch: 0n })
    this.#emit({
      name: 'MemberJoined',
      operator,
      role: role === 'miner' ? 0 : 1,
      slot,
      activeFrom,
      stake: locked,
      weight,
    })
    return slot
  }

  leave(role: Role, slot: number): void {
    const seat = this.seat(role, slot)
    seat.leaving = true
    seat.lastEpoch = seat.activeFrom <= this.round ? BigInt(this.epochs.length) : 0n
    const { operator, lastEpoch } = seat
    this.#emit({ name: 'MemberLeaving', operator, role: role === 'miner' ? 0 : 1, slot, lastEpoch })
  }

  release(role: Role, slot: number): void {
    const { operator } = this.seat(role, slot)
    this.seats[role].delete(slot)
    this.#emit({ name: 'MemberReleased', operator, role: role === 'miner' ? 0 : 1, slot })
  }

  #staying(role: Role): number[] {
    return [...this.seats[role]].flatMap(([slot, { leaving }]) => (leaving ? [] : [slot])).sort((a, b) => a - b)
  }

  get #staffed(): boolean {
    const { minMiners, minValidators } = this.params
    return this.#staying('miner').length >= minMiners && this.#staying('validator').length >= minValidators
  }

  get #canOpenEpoch(): boolean {
    const old = this.epochs[this.epochs.length - 8]
    return this.funds >= this.params.epochPot && (old === undefined || old.phase === 'Settled')
  }

  /** Once the deadline is past. */
  get isDue(): boolean {
    return this.phase === 'Idle' ? this.#staffed && this.#canOpenEpoch : this.phase !== 'Ended'
  }

  /** As if the deadline of the phase were past. */
  advance(): void {
    if (this.phase === 'Idle') this.#open()
    else if (this.phase === 'Train') {
      this.phase = 'Commit'
      this.#emit({ name: 'CommitCalled', round: this.round, deadline: this.time + 20n })
    } else if (this.phase === 'Commit') {
      if (this.committed.length === 0) this.#void(0)
      else this.#openReveal()
    } else if (this.phase === 'Reveal') {
      if (this.revealed.length === 0) this.#void(0)
      else this.#nextLeader()
    } else this.#nextLeader()
  }

  commit(slot: number): void {
    const { operator } = this.seat('miner', slot)
    const name = `${this.round}/${operator}`
    const opening = {
      contributionRoot: hashOf(`root/${name}`),
      digest: hashOf(`digest/${name}`),
      size: 500n,
      salt: hashOf(`salt/${name}`),
    }
    this.openings.set(slot, opening)
    this.committed.push(slot)
    const commitment = contributionCommitment({ run: RUN, round: this.round, miner: operator, ...opening })
    this.#emit({ name: 'Committed', round: this.round, operator, slot, commitment })
    if (bitmapOf(this.committed) === this.miners) this.#openReveal()
  }

  reveal(slot: number): void {
    const { operator } = this.seat('miner', slot)
    const opening = known(this.openings.get(slot))
    this.revealed.push(slot)
    this.mix = mixSalt(this.mix, opening.salt)
    this.#emit({ name: 'Revealed', round: this.round, operator, slot, ...opening })
    if (this.revealed.length === this.committed.length) this.#nextLeader()
  }

  propose(slots: readonly number[]): void {
    const { operator } = this.seat('validator', this.leader)
    this.included = bitmapOf(slots)
    this.nextRoot = slots.length === 0 ? this.root : hashOf(`state/${this.round}/${slots}`)
    const { included, nextRoot } = this
    this.#emit({ name: 'Proposed', round: this.round, operator, attempt: this.led.length, included, nextRoot })
    this.vote(this.leader, true)
  }

  vote(slot: number, agrees: boolean): void {
    const { operator } = this.seat('validator', slot)
    const votes = agrees ? this.attested : this.refused
    votes.push(slot)
    const name = agrees ? 'Attested' : 'Refused'
    this.#emit({ name, round: this.round, operator, slot, attempt: this.led.length })
    const total = this.#weight(slotsOf(this.validators))
    if (agrees && 3n * this.#weight(votes) >= 2n * total) this.#conclude()
    else if (!agrees && 3n * this.#weight(votes) > total) this.#nextLeader()
  }

  commitScores(epochId: bigint, slot: number, scores: readonly number[]): void {
    const epoch = this.epoch(epochId)
    const entry = { scores: Uint16Array.from(scores), salt: hashOf(`${epochId}/${slot}`) }
    epoch.commitments.set(slot, entry)
    const { operator } = this.seat('validator', slot)
    const commitment = scoreCommitment({
      run: RUN,
      epoch: epochId,
      validator: operator,
      scores: encodeScores(entry.scores),
      receiptsDigest: hashOf('receipts'),
      receiptsSize: 77n,
      salt: entry.salt,
    })
    this.#emit({ name: 'ScoresCommitted', epoch: epochId, operator, slot, commitment })
    if (bitmapOf(epoch.commitments.keys()) === epoch.validators) this.openScoreReveal(epochId)
  }

  openScoreReveal(epochId: bigint): void {
    this.epoch(epochId).phase = 'Reveal'
    this.#emit({ name: 'ScoreRevealOpened', epoch: epochId, deadline: this.time + 40n })
  }

  revealScores(epochId: bigint, slot: number): void {
    const epoch = this.epoch(epochId)
    const { scores, salt } = known(epoch.commitments.get(slot))
    epoch.revealed.set(slot, scores)
    const { operator } = this.seat('validator', slot)
    const opened = {
      scores: bytesToHex(encodeScores(scores)),
      receiptsDigest: hashOf('receipts'),
      receiptsSize: 77n,
      salt,
    }
    this.#emit({ name: 'ScoresRevealed', epoch: epochId, operator, slot, ...opened })
  }

  settle(epochId: bigint): void {
    const epoch = this.epoch(epochId)
    const { epochPot: pot, minerShareBps, validatorShareBps, maxMiners: slots } = this.params
    const validators = slotsOf(epoch.validators)
      .filter((slot) => epoch.revealed.has(slot))
      .map((slot) => ({ slot, weight: this.#weight([slot]), scores: known(epoch.revealed.get(slot)) }))
    const totalWeight = this.#weight(slotsOf(epoch.validators))
    const result = settle({
      pot,
      minerShareBps,
      validatorShareBps,
      miners: epoch.miners,
      slots,
      validators,
      totalWeight,
    })
    epoch.phase = 'Settled'
    const medians = result.quorum ? bytesToHex(encodeScores(result.medians)) : '0x'
    this.#emit({ name: 'EpochSettled', epoch: epochId, medians, paid: result.paid, returned: result.returned })
    const credit = (operator: Hex, amount: bigint): void => {
      if (amount === 0n) return
      this.credits.set(operator, (this.credits.get(operator) ?? 0n) + amount)
      this.#emit({ name: 'Credited', epoch: epochId, operator, amount })
    }
    for (const [slot, amount] of result.minerPay.entries()) {
      const seat = this.seats.miner.get(slot)
      if (seat !== undefined) credit(seat.operator, amount)
    }
    for (const [slot, amount] of result.validatorPay) credit(this.seat('validator', slot).operator, amount)
    credit(OWNER, result.ownerPay)
    if (result.returned === 0n) return
    this.funds += result.returned
    this.#emit({ name: 'PotReturned', epoch: epochId, amount: result.returned })
  }

  claim(operator: Hex, to = operator): void {
    const amount = known(this.credits.get(operator))
    this.credits.delete(operator)
    this.#emit({ name: 'Claimed', operator, to, amount })
  }

  #weight(slots: Iterable<number>): bigint {
    let sum = 0n
    for (const slot of slots) sum += this.seats.validator.get(slot)?.weight ?? 0n
    return sum
  }

  #open(): void {
    const last = this.epochs.at(-1)
    const fresh = last === undefined || last.phase !== 'Open'
    if (fresh) {
      const id = BigInt(this.epochs.length + 1)
      const firstRound = this.round + 1n
      this.epochs.push({
        id,
        firstRound,
        miners: 0n,
        validators: 0n,
        commitments: new Map(),
        revealed: new Map(),
        phase: 'Open',
      })
      this.#emit({ name: 'EpochOpened', epoch: id, firstRound, pot: this.params.epochPot })
    }
    const epoch = this.epoch(BigInt(this.epochs.length))
    this.round += 1n
    this.phase = 'Train'
    this.miners = bitmapOf(this.#staying('miner'))
    this.validators = bitmapOf(this.#staying('validator'))
    epoch.miners |= this.miners
    epoch.validators |= this.validators
    Object.assign(this, {
      openings: new Map(),
      committed: [],
      revealed: [],
      led: [],
      leader: -1,
      attested: [],
      refused: [],
    })
    const { round, root: parentRoot, miners, validators } = this
    const seed = trainSeed({ beacon: beaconOf(this.events.length), mix: this.mix, run: RUN, round })
    this.#emit({
      name: 'RoundOpened',
      round,
      epoch: epoch.id,
      parentRoot,
      trainSeed: seed,
      miners,
      validators,
      deadline: this.time + 60n,
    })
    if (!fresh) return
    this.funds -= this.params.epochPot
    this.#emit({ name: 'PotEscrowed', epoch: epoch.id, pot: this.params.epochPot })
  }

  #openReveal(): void {
    this.phase = 'Reveal'
    this.seed = testSeed({ beacon: beaconOf(this.events.length), mix: this.mix, run: RUN, round: this.round })
    this.#emit({ name: 'RevealOpened', round: this.round, testSeed: this.seed, deadline: this.time + 20n })
  }

  #nextLeader(): void {
    const left = slotsOf(this.validators).filter((slot) => !this.led.includes(slot))
    if (left.length === 0 || this.led.length === this.params.maxLeaders) {
      this.#void(2)
      return
    }
    const attempt = this.led.length + 1
    const candidates = left.map((slot) => ({ slot, weight: this.#weight([slot]) }))
    this.leader = drawLeader({ testSeed: this.seed, attempt, candidates })
    this.led.push(this.leader)
    this.attested = []
    this.refused = []
    this.phase = 'Attest'
    const { operator } = this.seat('validator', this.leader)
    this.#emit({
      name: 'LeaderDrawn',
      round: this.round,
      operator,
      slot: this.leader,
      attempt,
      deadline: this.time + 30n,
    })
  }

  #conclude(): void {
    if (this.included === 0n) {
      this.#void(1)
      return
    }
    this.root = this.nextRoot
    this.#emit({ name: 'RoundFinalized', round: this.round, included: this.included, root: this.root })
    this.#proceed()
  }

  #void(reason: number): void {
    this.#emit({ name: 'RoundVoided', round: this.round, reason })
    this.#proceed()
  }

  #proceed(): void {
    const ended = this.round === this.params.maxRounds
    const staffed = !ended && this.#staffed
    const epoch = this.epoch(BigInt(this.epochs.length))
    const full = this.round + 1n - epoch.firstRound === BigInt(this.params.roundsPerEpoch)
    if (!staffed || full) {
      epoch.phase = 'Commit'
      const { id, miners, validators } = epoch
      this.#emit({
        name: 'EpochClosed',
        epoch: id,
        lastRound: this.round,
        miners,
        validators,
        deadline: this.time + 40n,
      })
    }
    if (ended) {
      this.phase = 'Ended'
      this.#emit({ name: 'RunEnded' })
    } else if (staffed && (epoch.phase === 'Open' || this.#canOpenEpoch)) this.#open()
    else {
      this.phase = 'Idle'
      this.#emit({ name: 'RunIdle' })
    }
  }
}
