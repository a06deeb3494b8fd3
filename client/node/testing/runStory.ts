// @testonly A run told by its events, each of which passes the protocol's transition: the states that services meet in a test are
// states that a chain can be in. Seeds, deadlines and addresses are made up; draws, sums and commitments are the protocol's.

import { createHash } from 'node:crypto'
import type { Followed } from '@tessera/chain/follow'
import { bitmapOf } from '@tessera/protocol/bitmap'
import { contributionCommitment } from '@tessera/protocol/commitment'
import { dueOf, settlementOf } from '@tessera/protocol/epochSettlement'
import {
  ROLES,
  type Role,
  type RunEvent,
  type RunParams,
  VOID_REASONS,
  type VoidReason,
} from '@tessera/protocol/events'
import { bytesToHex, type Hex } from '@tessera/protocol/hex'
import { drawLeader } from '@tessera/protocol/leader'
import { openEpoch } from '@tessera/protocol/phase'
import {
  type EpochState,
  initialState,
  membersOf,
  type RoundState,
  type RunState,
  stayingMembers,
} from '@tessera/protocol/runState'
import { encodeScores, scoreCommitment } from '@tessera/protocol/scoreCommitment'
import { transition } from '@tessera/protocol/transition'

export const RUN = 1n
export const COORDINATOR: Hex = `0x${'c0'.repeat(20)}`
export const OWNER: Hex = `0x${'0e'.repeat(20)}`

/** 32 bytes that depend on all of the words. */
export function hash32(...words: readonly unknown[]): Hex {
  return `0x${createHash('sha256').update(words.join('/')).digest('hex')}`
}

/** Address of the miner that joins as number `n`, from 0; it takes the slot of that number while nobody leaves. */
export function minerAddress(n: number): Hex {
  return `0x${'a1'.repeat(19)}${n.toString(16).padStart(2, '0')}`
}

export function validatorAddress(n: number): Hex {
  return `0x${'b2'.repeat(19)}${n.toString(16).padStart(2, '0')}`
}

export const STORY_PARAMS: RunParams = {
  manifestDigest: hash32('manifest'),
  manifestSize: 1000n,
  genesisRoot: hash32('genesis'),
  trainSeconds: 100,
  commitSeconds: 20,
  revealSeconds: 30,
  attestSeconds: 40,
  scoreCommitSeconds: 60,
  scoreRevealSeconds: 50,
  maxLeaders: 3,
  roundsPerEpoch: 2,
  maxRounds: 0n,
  maxIncluded: 4,
  minMiners: 1,
  maxMiners: 8,
  minValidators: 1,
  maxValidators: 4,
  minerStake: 10n,
  validatorStake: 100n,
  validatorWeightCap: 1000n,
  epochPot: 1_000_000n,
  minerShareBps: 4100,
  validatorShareBps: 4100,
  maxBlobBytes: 1_000_000,
}

/** What opens a miner's commitment. */
export interface Opening {
  readonly contributionRoot: Hex
  readonly digest: Hex
  readonly size: bigint
  readonly salt: Hex
}

/** What opens a validator's commitment to scores. */
export interface ScoreOpening {
  readonly scores: Uint16Array
  readonly receiptsDigest: Hex
  readonly receiptsSize: bigint
  readonly salt: Hex
}

/** An opening of a contribution that nobody can fetch. */
export function madeUpOpening(...words: readonly unknown[]): Opening {
  return {
    contributionRoot: hash32('root', ...words),
    digest: hash32('digest', ...words),
    size: 500n,
    salt: hash32('salt', ...words),
  }
}

export interface StoryOptions {
  readonly params?: Partial<RunParams>
  readonly miners?: number
  /** Stakes of the validators. */
  readonly stakes?: readonly bigint[]
  /** Tells the seeds of one chain from those of another on which everything else happened alike. */
  readonly chain?: string
}

export class RunStory {
  #state: RunState
  #chain: string
  readonly #openings = new Map<string, Opening>()
  readonly #scores = new Map<string, ScoreOpening>()
  /** Of the last block, unix seconds. */
  now = 10_000n
  block = 100n

  /** A run with its members, funded for ten epochs; no round is open. */
  constructor({ params = {}, miners = 2, stakes = [100n, 100n, 100n], chain = 'a' }: StoryOptions = {}) {
    const all = { ...STORY_PARAMS, ...params }
    this.#chain = chain
    this.#state = initialState(RUN, COORDINATOR)
    this.apply({ name: 'RunCreated', run: RUN, owner: OWNER, params: all })
    this.apply({ name: 'Funded', run: RUN, manager: COORDINATOR, from: OWNER, amount: 10n * all.epochPot })
    for (let n = 0; n < miners; n++) this.join('miner', minerAddress(n))
    for (const [n, stake] of stakes.entries()) this.join('validator', validatorAddress(n), stake)
  }

  get state(): RunState {
    return this.#state
  }

  get params(): RunParams {
    return must(this.#state.params)
  }

  get round(): RoundState {
    return must(this.#state.round)
  }

  /** The last epoch that opened. */
  get epoch(): EpochState {
    return must(this.#state.epochs.get(BigInt(this.#state.epochs.size)))
  }

  /** What a follower would show: the state after the last block. */
  get view(): Followed {
    return {
      state: this.#state,
      block: { number: this.block, hash: hash32(this.#chain, 'block', this.block), timestamp: this.now },
    }
  }

  /** The same run up to here; what follows has other seeds. */
  fork(chain: string): RunStory {
    const other = new RunStory({ params: this.params })
    other.#state = this.#state
    other.#chain = chain
    other.now = this.now
    other.block = this.block
    for (const [key, opening] of this.#openings) other.#openings.set(key, opening)
    for (const [key, opening] of this.#scores) other.#scores.set(key, opening)
    return other
  }

  /** Blocks without an event of this run. */
  wait(seconds: number | bigint, blocks = 1n): this {
    this.now += BigInt(seconds)
    this.block += blocks
    return this
  }

  /** The events of one block. */
  apply(...events: readonly RunEvent[]): this {
    this.wait(1)
    for (const event of events) this.#state = transition(this.#state, event)
    return this
  }

  join(role: Role, operator: Hex, stake: bigint = this.params.minerStake): this {
    const taken = membersOf(this.#state, role)
    let slot = 0
    while (taken.has(slot)) slot++
    const cap = this.params.validatorWeightCap
    const weight = role === 'miner' ? 0n : stake < cap ? stake : cap
    const activeFrom = (this.#state.round?.id ?? 0n) + 1n
    return this.apply({
      name: 'MemberJoined',
      run: RUN,
      operator,
      role: ROLES.indexOf(role),
      slot,
      activeFrom,
      stake,
      weight,
    })
  }

  leave(role: Role, slot: number): this {
    const member = must(membersOf(this.#state, role).get(slot))
    const active = member.activeFrom <= (this.#state.round?.id ?? 0n)
    const lastEpoch = active ? BigInt(this.#state.epochs.size) : 0n
    const { operator } = member
    return this.apply({ name: 'MemberLeaving', run: RUN, operator, role: ROLES.indexOf(role), slot, lastEpoch })
  }

  setEndpoint(operator: Hex, endpoint: string): this {
    return this.apply({ name: 'EndpointSet', operator, endpoint })
  }

  // ---- Rounds

  /** Opens the next round, and before it an epoch if none is open. */
  openRound(): this {
    const round = (this.#state.round?.id ?? 0n) + 1n
    const open = openEpoch(this.#state)
    const epoch = open?.id ?? BigInt(this.#state.epochs.size) + 1n
    const pot = this.params.epochPot
    const opened: RunEvent = {
      name: 'RoundOpened',
      run: RUN,
      round,
      epoch,
      parentRoot: this.#state.stateRoot,
      trainSeed: hash32(this.#chain, 'train', round),
      miners: bitmapOf(stayingMembers(this.#state, 'miner').map(({ slot }) => slot)),
      validators: bitmapOf(stayingMembers(this.#state, 'validator').map(({ slot }) => slot)),
      deadline: this.#deadline(this.params.trainSeconds),
    }
    if (open !== undefined) return this.apply(opened)
    return this.apply({ name: 'EpochOpened', run: RUN, epoch, firstRound: round, pot }, opened, {
      name: 'PotEscrowed',
      run: RUN,
      manager: COORDINATOR,
      epoch,
      pot,
    })
  }

  commit(slot: number, opening: Opening = madeUpOpening(this.#chain, this.round.id, slot)): this {
    const { id: round } = this.round
    const operator = must(this.round.minerOperators.get(slot))
    this.#openings.set(`${round}/${slot}`, opening)
    const commitment = contributionCommitment({ run: RUN, round, miner: operator, ...opening })
    return this.apply({ name: 'Committed', run: RUN, round, operator, slot, commitment })
  }

  callCommits(): this {
    const { id: round } = this.round
    return this.apply({ name: 'CommitCalled', run: RUN, round, deadline: this.#deadline(this.params.commitSeconds) })
  }

  openReveal(): this {
    const { id: round } = this.round
    const testSeed = hash32(this.#chain, 'test', round)
    const deadline = this.#deadline(this.params.revealSeconds)
    return this.apply({ name: 'RevealOpened', run: RUN, round, testSeed, deadline })
  }

  reveal(...slots: readonly number[]): this {
    for (const slot of slots) {
      const { id: round, minerOperators } = this.round
      const opening = must(this.#openings.get(`${round}/${slot}`))
      const operator = must(minerOperators.get(slot))
      this.apply({ name: 'Revealed', run: RUN, round, operator, slot, ...opening })
    }
    return this
  }

  drawLeader(): this {
    const { id: round, testSeed, led, validators, weights, validatorOperators } = this.round
    const attempt = this.round.attempt + 1
    const candidates = [...weights]
      .map(([slot, weight]) => ({ slot, weight }))
      .filter(({ slot }) => ((validators & ~led) >> BigInt(slot)) % 2n === 1n)
    const slot = drawLeader({ testSeed, attempt, candidates })
    const operator = must(validatorOperators.get(slot))
    const deadline = this.#deadline(this.params.attestSeconds)
    return this.apply({ name: 'LeaderDrawn', run: RUN, round, operator, slot, attempt, deadline })
  }

  /** The leader's proposal, which is its vote too. */
  propose(slots: readonly number[], nextRoot: Hex): this {
    const { id: round, attempt, leader, validatorOperators } = this.round
    const operator = must(validatorOperators.get(leader))
    const included = bitmapOf(slots)
    return this.apply(
      { name: 'Proposed', run: RUN, round, operator, attempt, included, nextRoot },
      { name: 'Attested', run: RUN, round, operator, slot: leader, attempt },
    )
  }

  vote(name: 'Attested' | 'Refused', ...slots: readonly number[]): this {
    for (const slot of slots) {
      const { id: round, attempt, validatorOperators } = this.round
      this.apply({ name, run: RUN, round, operator: must(validatorOperators.get(slot)), slot, attempt })
    }
    return this
  }

  /** All others attest, and the round is final. */
  finalize(): this {
    const { attested, validatorOperators } = this.round
    for (const slot of validatorOperators.keys())
      if ((attested >> BigInt(slot)) % 2n === 0n) this.vote('Attested', slot)
    const { id: round, included, nextRoot } = this.round
    return this.apply({ name: 'RoundFinalized', run: RUN, round, included, root: nextRoot })
  }

  void(reason: VoidReason): this {
    const { id: round } = this.round
    return this.apply({ name: 'RoundVoided', run: RUN, round, reason: VOID_REASONS.indexOf(reason) })
  }

  /** From the opening to the first leader: all miners of `openings` commit and reveal, in its order. */
  toAttest(openings: ReadonlyMap<number, Opening>): this {
    this.openRound()
    for (const [slot, opening] of openings) this.commit(slot, opening)
    if (openings.size < this.round.minerOperators.size) this.callCommits()
    return this.openReveal()
      .reveal(...openings.keys())
      .drawLeader()
  }

  // ---- Epochs

  closeEpoch(): this {
    const { id: epoch, miners, validators } = this.epoch
    const deadline = this.#deadline(this.params.scoreCommitSeconds)
    return this.apply({ name: 'EpochClosed', run: RUN, epoch, lastRound: this.round.id, miners, validators, deadline })
  }

  commitScores(slot: number, opening: ScoreOpening, epoch = this.epoch): this {
    const operator = must(epoch.validatorOperators.get(slot))
    this.#scores.set(`${epoch.id}/${slot}`, opening)
    const scores = encodeScores(opening.scores)
    const commitment = scoreCommitment({ run: RUN, epoch: epoch.id, validator: operator, ...opening, scores })
    return this.apply({ name: 'ScoresCommitted', run: RUN, epoch: epoch.id, operator, slot, commitment })
  }

  openScoreReveal(epoch = this.epoch): this {
    const deadline = this.#deadline(this.params.scoreRevealSeconds)
    return this.apply({ name: 'ScoreRevealOpened', run: RUN, epoch: epoch.id, deadline })
  }

  revealScores(slot: number, epoch = this.epoch): this {
    const operator = must(epoch.validatorOperators.get(slot))
    const opening = must(this.#scores.get(`${epoch.id}/${slot}`))
    const scores = bytesToHex(encodeScores(opening.scores))
    return this.apply({ name: 'ScoresRevealed', run: RUN, epoch: epoch.id, operator, slot, ...opening, scores })
  }

  settle(id = this.epoch.id): this {
    const epoch = must(this.#state.epochs.get(id))
    const { settlement } = settlementOf(this.#state, epoch)
    const medians = settlement.quorum ? bytesToHex(encodeScores(settlement.medians)) : '0x'
    const { paid, returned } = settlement
    const credits = [...dueOf(this.#state, epoch, settlement)].map(
      ([operator, amount]): RunEvent => ({
        name: 'Credited',
        run: RUN,
        manager: COORDINATOR,
        epoch: id,
        operator,
        amount,
      }),
    )
    const rest: RunEvent[] =
      returned > 0n ? [{ name: 'PotReturned', run: RUN, manager: COORDINATOR, epoch: id, amount: returned }] : []
    return this.apply({ name: 'EpochSettled', run: RUN, epoch: id, medians, paid, returned }, ...credits, ...rest)
  }

  #deadline(seconds: number): bigint {
    // The block that `apply` makes is one second on.
    return this.now + 1n + BigInt(seconds)
  }
}

function must<T>(value: T | null | undefined): T {
  if (value === null || value === undefined) throw new Error('the story has not come to this yet')
  return value
}
