// A coordinator in memory, with its vaults, for tests: actions go in, the events that the contracts would emit come out, in the
// contracts' order. It keeps its own books, apart from RunState, so that a replay is held against something. @testonly

import { bitmapOf, slotsOf } from './bitmap.ts'
import { contributionCommitment } from './commitment.ts'
import { EscrowSimulator } from './escrowSimulator.fixture.ts'
import type { Role, RunEvent, RunParams } from './events.ts'
import type { Grounds } from './grounds.ts'
import { bytesToHex, type Hex } from './hex.ts'
import { drawLeader } from './leader.ts'
import { proposalHash } from './proposal.ts'
import { encodeScores, scoreCommitment } from './scoreCommitment.ts'
import { disclosure, opened } from './seal.ts'
import { SeatSimulator } from './seatSimulator.fixture.ts'
import { mixSeals, testSeed, trainSeed } from './seeds.ts'
import {
  type AnyEvent,
  beaconOf,
  DEPOSIT,
  type Epoch,
  EventLog,
  hashOf,
  known,
  NATIVE,
  type Opening,
  OWNER,
  RUN,
  sampleParams,
} from './simulatedRun.fixture.ts'
import { groundsNow, settlementNow } from './simulatedSums.fixture.ts'
import { ZERO_HASH } from './tags.ts'

/** What the votes of an attempt are. */
export type Vote = 'attest' | 'worse' | 'refuse'

export class RunSimulator {
  readonly #log = new EventLog()
  readonly params: RunParams
  readonly seats: SeatSimulator
  readonly escrow: EscrowSimulator
  readonly epochs: Epoch[] = []
  phase: 'Idle' | 'Train' | 'Commit' | 'Reveal' | 'Attest' | 'Ended' = 'Idle'
  root: Hex
  round = 0n
  mix: Hex = ZERO_HASH
  deposit = DEPOSIT
  source = 0n
  miners = 0n
  validators = 0n
  openings = new Map<number, Opening>()
  readonly blocks = new Map<number, bigint>()
  /** The rounds that moved the root and are not undone, in order. */
  readonly finals: { round: bigint; parentRoot: Hex; epoch: Epoch }[] = []
  /** What each round that ever became final rests on, by its number. */
  readonly grounds = new Map<bigint, Grounds>()
  committed: number[] = []
  revealed: number[] = []
  seed: Hex = ZERO_HASH
  led: number[] = []
  leader = -1
  included = 0n
  nextRoot: Hex = ZERO_HASH
  proposal: Hex = ZERO_HASH
  votes = new Map<number, Vote>()
  /** Miner slots of which pages of a settlement under way have been given. */
  readonly paused = new Map<bigint, number>()

  constructor(params: Partial<RunParams> = {}) {
    this.params = { ...sampleParams, ...params }
    this.root = this.params.genesisRoot
    this.seats = new SeatSimulator(this.#log, this.params, this)
    this.escrow = new EscrowSimulator(this.#log, this.params)
    this.#emit({ name: 'RunCreated', owner: OWNER, params: this.params, deposit: DEPOSIT })
  }

  get events(): readonly RunEvent[] {
    return this.#log.events
  }

  #emit(event: AnyEvent): void {
    this.#log.emit(event)
  }

  #deadline(seconds: number): bigint {
    return this.#log.time + BigInt(seconds)
  }

  operator(role: Role, slot: number): Hex {
    return this.seats.at(role, slot).operator
  }

  epoch(id: bigint): Epoch {
    return known(this.epochs[Number(id) - 1])
  }

  /** Of the stake vault: whatever an operator publishes. */
  publish(event: Extract<RunEvent, { name: 'EndpointSet' | 'DelegateSet' | 'PayoutSet' }>): void {
    if (event.name === 'DelegateSet') this.seats.delegates.set(event.operator, event.delegate)
    this.#emit(event)
  }

  // ---- The run itself

  /** Whether a sponsorship could serve the run's next epoch. */
  fits(source: bigint): boolean {
    if (source === 0n) return false
    const { rewardToken, minPot } = this.params
    return this.escrow.at(source).token === rewardToken && this.escrow.nextPot(source) >= minPot
  }

  useSponsorship(source: bigint): void {
    this.source = source
    this.#emit({ name: 'SourceNamed', source })
  }

  /** Of a run that has ended, or is idle and empty. */
  close(): void {
    if (this.phase === 'Idle') this.#stop('RunEnded')
    this.#emit({ name: 'DepositReturned', owner: OWNER, amount: this.deposit })
    this.deposit = 0n
  }

  get #canOpenEpoch(): boolean {
    const old = this.epochs[this.epochs.length - 8]
    const { rewardToken, minPot } = this.params
    const funded = rewardToken === NATIVE ? this.escrow.granted >= minPot : this.fits(this.source)
    return funded && (old === undefined || old.phase === 'Settled')
  }

  /** Once the deadline is past. */
  get isDue(): boolean {
    return this.phase === 'Idle' ? this.seats.suffice && this.#canOpenEpoch : this.phase !== 'Ended'
  }

  /** Before the deadline. */
  get isDueEarly(): boolean {
    if (this.phase === 'Reveal') return this.revealed.length === this.committed.length
    if (this.phase === 'Attest') return this.agreed || this.rejected
    return this.phase === 'Idle' || this.phase === 'Ended'
      ? this.isDue
      : this.committed.length === slotsOf(this.miners).length
  }

  /** As if the deadline of the phase were past. */
  advance(): void {
    if (this.phase === 'Idle') this.#open()
    else if (this.phase === 'Train' && !this.isDueEarly) {
      this.phase = 'Commit'
      this.#emit({ name: 'CommitCalled', round: this.round, deadline: this.#deadline(20) })
    } else if (this.phase === 'Train' || this.phase === 'Commit') {
      if (this.committed.length === 0) this.#void(0)
      else this.#openReveal()
    } else if (this.phase === 'Reveal') {
      if (this.revealed.length === 0) this.#void(0)
      else {
        const seals = this.revealed.toSorted((a, b) => a - b).map((slot) => this.#sealOf(slot))
        this.mix = mixSeals(this.mix, seals)
        this.#nextLeader()
      }
    } else if (this.agreed) this.#conclude()
    else this.#nextLeader()
  }

  // ---- Members' actions in a round

  commit(slot: number): void {
    const name = `${this.round}/${this.operator('miner', slot)}`
    const opening = {
      contributionRoot: hashOf(`root/${name}`),
      digest: hashOf(`digest/${name}`),
      size: 500n,
      salt: hashOf(`salt/${name}`),
    }
    this.openings.set(slot, opening)
    this.committed.push(slot)
    const block = this.#log.time
    this.blocks.set(slot, block)
    this.#emit({ name: 'Committed', round: this.round, slot, commitment: this.#commitmentOf(slot), block })
  }

  #commitmentOf(slot: number): Hex {
    return contributionCommitment({ run: RUN, round: this.round, slot, ...known(this.openings.get(slot)) })
  }

  #sealOf(slot: number): bigint {
    const { salt } = known(this.openings.get(slot))
    return opened(disclosure(this.#commitmentOf(slot), salt), this.round, known(this.blocks.get(slot)))
  }

  reveal(slot: number): void {
    this.revealed.push(slot)
    this.#emit({ name: 'Revealed', round: this.round, slot, ...known(this.openings.get(slot)) })
  }

  propose(slots: readonly number[], vote: 'attest' | 'worse' = 'attest'): void {
    const operator = this.operator('validator', this.leader)
    this.included = bitmapOf(slots)
    this.nextRoot = slots.length === 0 ? this.root : hashOf(`state/${this.round}/${slots}`)
    const { round, included, nextRoot } = this
    const about = { round, attempt: this.led.length, included, nextRoot }
    this.proposal = proposalHash({ run: RUN, ...about })
    this.#emit({ name: 'Proposed', operator, ...about, proposal: this.proposal })
    this.vote(this.leader, vote)
  }

  vote(slot: number, vote: Vote): void {
    const { round, proposal } = this
    const about = { round, operator: this.operator('validator', slot), slot, proposal }
    this.votes.set(slot, vote)
    if (vote === 'refuse') this.#emit({ name: 'Refused', ...about })
    else this.#emit({ name: 'Attested', ...about, worse: vote === 'worse' })
  }

  #voted(...votes: readonly Vote[]): bigint {
    return this.#weight([...this.votes].flatMap(([slot, vote]) => (votes.includes(vote) ? [slot] : [])))
  }

  get agreed(): boolean {
    return 3n * this.#voted('attest', 'worse') >= 2n * this.#weight(slotsOf(this.validators))
  }

  get rejected(): boolean {
    return 3n * this.#voted('refuse') > this.#weight(slotsOf(this.validators))
  }

  // ---- Epochs

  commitScores(epochId: bigint, slot: number, scores: readonly number[]): void {
    const entry = { scores: Uint16Array.from(scores), salt: hashOf(`${epochId}/${slot}`) }
    this.epoch(epochId).commitments.set(slot, entry)
    const operator = this.operator('validator', slot)
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
  }

  openScoreReveal(epochId: bigint): void {
    this.epoch(epochId).phase = 'Reveal'
    this.#emit({ name: 'ScoreRevealOpened', epoch: epochId, deadline: this.#deadline(40) })
  }

  revealScores(epochId: bigint, slot: number): void {
    const epoch = this.epoch(epochId)
    const { scores, salt } = known(epoch.commitments.get(slot))
    epoch.revealed.set(slot, scores)
    const opening = { receiptsDigest: hashOf('receipts'), receiptsSize: 77n, salt }
    const operator = this.operator('validator', slot)
    this.#emit({
      name: 'ScoresRevealed',
      epoch: epochId,
      operator,
      slot,
      scores: bytesToHex(encodeScores(scores)),
      ...opening,
    })
  }

  /** The next page of so many slots, or all that is left. */
  settle(epochId: bigint, slots = this.params.maxMiners): void {
    const epoch = this.epoch(epochId)
    const result = settlementNow(this, epoch)
    if (result.quorum) {
      const firstSlot = this.paused.get(epochId) ?? 0
      const end = Math.min(firstSlot + slots, this.params.maxMiners)
      const medians = bytesToHex(encodeScores(result.medians.slice(firstSlot, end)))
      this.#emit({ name: 'MediansVerified', epoch: epochId, firstSlot, medians })
      this.paused.set(epochId, end)
      if (end < this.params.maxMiners) return
      this.paused.delete(epochId)
    }
    epoch.phase = 'Settled'
    epoch.ranks = result.ranks
    const { totalShare, ownerShare } = result
    this.#emit({ name: 'EpochSettled', epoch: epochId, totalShare })
    const shares = new Map<Hex, bigint>()
    const add = (operator: Hex, share: bigint): void => {
      if (share > 0n) shares.set(operator, (shares.get(operator) ?? 0n) + share)
    }
    for (const slot of slotsOf(epoch.miners)) add(this.operator('miner', slot), known(result.minerShares[slot]))
    for (const [slot, share] of result.validatorShares) add(this.operator('validator', slot), share)
    this.escrow.settleEpoch(epochId, { totalShare, ownerShare, shares })
  }

  // ---- Transitions

  #weight(slots: Iterable<number>): bigint {
    return this.seats.weightOf(slots)
  }

  #open(): void {
    const last = this.epochs.at(-1)
    const fresh = last === undefined || last.phase !== 'Open'
    const id = BigInt(this.epochs.length + (fresh ? 1 : 0))
    if (fresh) this.#openEpoch(id)
    const epoch = this.epoch(id)
    this.round += 1n
    this.phase = 'Train'
    this.miners = bitmapOf(this.seats.staying('miner'))
    this.validators = bitmapOf(this.seats.staying('validator'))
    epoch.miners |= this.miners
    epoch.validators |= this.validators
    Object.assign(this, { openings: new Map(), committed: [], revealed: [], led: [], leader: -1, votes: new Map() })
    const { round, root: parentRoot, miners, validators } = this
    const seed = trainSeed({ beacon: beaconOf(this.events.length), mix: this.mix, run: RUN, round })
    const about = { round, epoch: id, parentRoot, trainSeed: seed, miners, validators }
    this.#emit({ name: 'RoundOpened', ...about, deadline: this.#deadline(60) })
    if (fresh) this.escrow.openEpoch(id)
  }

  #openEpoch(id: bigint): void {
    const firstRound = this.round + 1n
    const counts = { lastRound: 0n, finalRounds: 0, miners: 0n, validators: 0n, ranks: [] }
    this.epochs.push({ id, firstRound, ...counts, commitments: new Map(), revealed: new Map(), phase: 'Open' })
    this.#emit({ name: 'EpochOpened', epoch: id, firstRound })
  }

  #openReveal(): void {
    this.phase = 'Reveal'
    this.seed = testSeed({ beacon: beaconOf(this.events.length), mix: this.mix, run: RUN, round: this.round })
    this.#emit({ name: 'RevealOpened', round: this.round, testSeed: this.seed, deadline: this.#deadline(20) })
  }

  #nextLeader(): void {
    const left = slotsOf(this.validators).filter((slot) => !this.led.includes(slot))
    if (left.length === 0 || this.led.length === this.params.maxLeaders) {
      this.#void(2)
      return
    }
    const attempt = this.led.length + 1
    const candidates = left.map((slot) => ({ slot, weight: this.#weight([slot]) }))
    const slot = drawLeader({ testSeed: this.seed, attempt, candidates })
    this.leader = slot
    this.led.push(slot)
    this.votes = new Map()
    this.phase = 'Attest'
    const about = { round: this.round, operator: this.operator('validator', slot), slot, attempt }
    this.#emit({ name: 'LeaderDrawn', ...about, deadline: this.#deadline(30) })
  }

  #conclude(): void {
    if (this.included === 0n) this.#void(1)
    else if (2n * this.#voted('worse') > this.#voted('attest', 'worse')) this.#void(3)
    else {
      const epoch = this.epoch(BigInt(this.epochs.length))
      const seals = slotsOf(this.included).map((slot) => this.#sealOf(slot))
      const finalBefore = this.finals.filter((final) => final.epoch === epoch).length
      const at = { epoch: epoch.id, finalizedAt: this.#log.time + 1n, finalBefore }
      this.grounds.set(this.round, groundsNow(this, at, seals))
      this.finals.push({ round: this.round, parentRoot: this.root, epoch })
      this.root = this.nextRoot
      epoch.finalRounds++
      this.#emit({ name: 'RoundFinalized', round: this.round, included: this.included, root: this.root })
      this.#proceed()
    }
  }

  /** By a court: of a round that stands. */
  refute(round: bigint): void {
    const at = this.finals.findIndex((final) => final.round === round)
    const gone = this.finals.splice(at)
    this.root = known(gone[0]).parentRoot
    for (const { epoch } of gone) if (epoch.phase !== 'Settled') epoch.finalRounds--
    this.#emit({ name: 'RoundRefuted', round, root: this.root })
    if (this.phase !== 'Idle' && this.phase !== 'Ended') this.#void(4)
  }

  #void(reason: number): void {
    this.#emit({ name: 'RoundVoided', round: this.round, reason })
    this.#proceed()
  }

  #proceed(): void {
    const ended = this.round === this.params.maxRounds
    const staffed = !ended && this.seats.suffice
    const epoch = this.epoch(BigInt(this.epochs.length))
    const full = this.round + 1n - epoch.firstRound === BigInt(this.params.roundsPerEpoch)
    if (!staffed || full) {
      epoch.phase = 'Commit'
      epoch.lastRound = this.round
      const { id, lastRound, finalRounds, miners, validators } = epoch
      const about = { epoch: id, lastRound, finalRounds, miners, validators }
      this.#emit({ name: 'EpochClosed', ...about, deadline: this.#deadline(40) })
    }
    if (ended) this.#stop('RunEnded')
    else if (staffed && (epoch.phase === 'Open' || this.#canOpenEpoch)) this.#open()
    else this.#stop('RunIdle')
  }

  #stop(name: 'RunIdle' | 'RunEnded'): void {
    this.phase = name === 'RunIdle' ? 'Idle' : 'Ended'
    this.#emit({ name })
  }
}
