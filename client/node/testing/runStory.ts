// @testonly A run told by its events, each of which passes the protocol's transition: the states that services meet in a test are
// states that a chain can be in. Seeds, deadlines and addresses are made up; draws, sums and commitments are the protocol's.

import type { Followed } from '@tessera/chain/follow'
import { bitmapOf, hasSlot } from '@tessera/protocol/bitmap'
import { partOf, potOf, shareOf } from '@tessera/protocol/claims'
import { contributionCommitment } from '@tessera/protocol/commitment'
import { type MedianPage, settlementOf } from '@tessera/protocol/epochSettlement'
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
import { proposalHash } from '@tessera/protocol/proposal'
import {
  type EpochState,
  initialState,
  membersOf,
  type RoundState,
  type RunState,
  stayingMembers,
} from '@tessera/protocol/runState'
import { encodeScores, scoreCommitment } from '@tessera/protocol/scoreCommitment'
import type { Settlement } from '@tessera/protocol/settlement'
import { potAt } from '@tessera/protocol/sponsorship'
import { ZERO_ADDRESS } from '@tessera/protocol/tags'
import { transition } from '@tessera/protocol/transition'
import {
  COORDINATOR,
  hash32,
  madeUpOpening,
  minerAddress,
  NATIVE,
  type Opening,
  OWNER,
  RUN,
  type ScoreOpening,
  STORY_PARAMS,
  type StoryOptions,
  validatorAddress,
} from './storyParts.ts'

export class RunStory {
  #state: RunState
  #chain: string
  readonly #options: StoryOptions
  readonly #openings = new Map<string, Opening>()
  readonly #scores = new Map<string, ScoreOpening>()
  /** The events so far, by block. */
  readonly blocks: (readonly RunEvent[])[] = []
  /** Of the last block, unix seconds. */
  now = 10_000n
  block = 100n

  /** A run with its members, funded for ten epochs; no round is open. */
  constructor(options: StoryOptions = {}) {
    const { params = {}, miners = 2, stakes = [100n, 100n, 100n], chain = 'a' } = options
    this.#options = options
    this.block = options.head ?? this.block
    const all = { ...STORY_PARAMS, ...params }
    this.#chain = chain
    this.#state = initialState(RUN, COORDINATOR, NATIVE)
    this.apply({ name: 'RunCreated', run: RUN, owner: OWNER, params: all, deposit: 0n })
    this.apply({ name: 'Granted', run: RUN, manager: COORDINATOR, from: OWNER, amount: 10n * all.epochPot })
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
    other.blocks.splice(0, other.blocks.length, ...this.blocks)
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
    this.blocks.push(events)
    for (const event of events) this.#state = transition(this.#state, event)
    this.#options.onEvents?.(events)
    return this
  }

  join(role: Role, operator: Hex, stake: bigint = this.params.minerStake): this {
    const taken = membersOf(this.#state, role)
    let slot = 0
    while (taken.has(slot)) slot++
    const cap = this.params.validatorWeightCap
    const weight = role === 'miner' ? 0n : stake < cap ? stake : cap
    const activeFrom = (this.#state.round?.id ?? 0n) + 1n
    const seat = { run: RUN, role: ROLES.indexOf(role), slot }
    return this.apply(
      { name: 'MemberJoined', ...seat, operator, activeFrom, stake, weight },
      { name: 'KeySet', ...seat, key: operator },
    )
  }

  leave(role: Role, slot: number): this {
    const member = must(membersOf(this.#state, role).get(slot))
    const active = member.activeFrom <= (this.#state.round?.id ?? 0n)
    const lastEpoch = active ? BigInt(this.#state.epochs.size) : 0n
    const { operator } = member
    return this.apply({ name: 'MemberLeaving', run: RUN, operator, role: ROLES.indexOf(role), slot, lastEpoch })
  }

  release(role: Role, slot: number): this {
    const { operator } = must(membersOf(this.#state, role).get(slot))
    return this.apply({ name: 'MemberReleased', run: RUN, operator, role: ROLES.indexOf(role), slot })
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
    const opened: RunEvent = {
      name: 'RoundOpened',
      run: RUN,
      round,
      epoch,
      parentRoot: this.#state.stateRoot,
      trainSeed: this.#seedOf('train', round),
      miners: bitmapOf(stayingMembers(this.#state, 'miner').map(({ slot }) => slot)),
      validators: bitmapOf(stayingMembers(this.#state, 'validator').map(({ slot }) => slot)),
      deadline: this.#deadline(this.params.trainSeconds),
    }
    if (open !== undefined) return this.apply(opened)
    return this.apply({ name: 'EpochOpened', run: RUN, epoch, firstRound: round }, opened, {
      name: 'PotsOpened',
      run: RUN,
      manager: COORDINATOR,
      epoch,
      ...this.#pots(epoch),
    })
  }

  commit(slot: number, opening: Opening = madeUpOpening(this.#chain, this.round.id, slot)): this {
    const { id: round } = this.round
    this.#openings.set(`${round}/${slot}`, opening)
    const commitment = contributionCommitment({ run: RUN, round, slot, ...opening })
    return this.apply({ name: 'Committed', run: RUN, round, slot, commitment, block: this.block + 1n })
  }

  callCommits(): this {
    const { id: round } = this.round
    return this.apply({ name: 'CommitCalled', run: RUN, round, deadline: this.#deadline(this.params.commitSeconds) })
  }

  openReveal(): this {
    const { id: round } = this.round
    const testSeed = this.#seedOf('test', round)
    const deadline = this.#deadline(this.params.revealSeconds)
    return this.apply({ name: 'RevealOpened', run: RUN, round, testSeed, deadline })
  }

  reveal(...slots: readonly number[]): this {
    for (const slot of slots) {
      const { id: round } = this.round
      const opening = must(this.#openings.get(`${round}/${slot}`))
      this.apply({ name: 'Revealed', run: RUN, round, slot, ...opening })
    }
    return this
  }

  drawLeader(): this {
    const { id: round, testSeed, led, validators, weights, validatorOperators } = this.round
    const attempt = this.round.attempt + 1
    const candidates = [...weights]
      .map(([slot, weight]) => ({ slot, weight }))
      .filter(({ slot }) => hasSlot(validators & ~led, slot))
    const slot = drawLeader({ testSeed, attempt, candidates })
    const operator = must(validatorOperators.get(slot))
    const deadline = this.#deadline(this.params.attestSeconds)
    return this.apply({ name: 'LeaderDrawn', run: RUN, round, operator, slot, attempt, deadline })
  }

  /** The leader's proposal, which is its vote too. */
  propose(slots: readonly number[], nextRoot: Hex, worse = false): this {
    const { id: round, attempt, leader, validatorOperators } = this.round
    const operator = must(validatorOperators.get(leader))
    const included = bitmapOf(slots)
    const proposal = proposalHash({ run: RUN, round, attempt, included, nextRoot })
    return this.apply(
      { name: 'Proposed', run: RUN, round, operator, attempt, included, nextRoot, proposal },
      { name: 'Attested', run: RUN, round, operator, slot: leader, proposal, worse },
    )
  }

  attest(slot: number, worse = false): this {
    const { id: round, proposal, validatorOperators } = this.round
    const operator = must(validatorOperators.get(slot))
    return this.apply({ name: 'Attested', run: RUN, round, operator, slot, proposal, worse })
  }

  refuse(...slots: readonly number[]): this {
    for (const slot of slots) {
      const { id: round, proposal, validatorOperators } = this.round
      this.apply({ name: 'Refused', run: RUN, round, operator: must(validatorOperators.get(slot)), slot, proposal })
    }
    return this
  }

  /** All that have not voted attest. */
  agree(): this {
    const { attested, validatorOperators } = this.round
    for (const slot of validatorOperators.keys()) if (!hasSlot(attested, slot)) this.attest(slot)
    return this
  }

  /** All others attest, and the round is final. */
  finalize(): this {
    const { id: round, included, nextRoot } = this.agree().round
    return this.apply({ name: 'RoundFinalized', run: RUN, round, included, root: nextRoot })
  }

  void(reason: VoidReason): this {
    const { id: round } = this.round
    return this.apply({ name: 'RoundVoided', run: RUN, round, reason: VOID_REASONS.indexOf(reason) })
  }

  /** A court undoes a round that is final. */
  refute(round: bigint): this {
    const { parentRoot } = must(this.#state.rounds[Number(round) - 1])
    const open = this.#state.round?.end === null ? this.round.id : undefined
    const reason = VOID_REASONS.indexOf('RolledBack')
    const refuted: RunEvent = { name: 'RoundRefuted', run: RUN, round, root: parentRoot }
    if (open === undefined) return this.apply(refuted)
    return this.apply(refuted, { name: 'RoundVoided', run: RUN, round: open, reason })
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
    const { id: epoch, finalRounds, miners, validators } = this.epoch
    const deadline = this.#deadline(this.params.scoreCommitSeconds)
    const about = { run: RUN, epoch, lastRound: this.round.id, finalRounds, miners, validators }
    return this.apply({ name: 'EpochClosed', ...about, deadline })
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

  /** What is left of it, in pages of so many miner slots; in one if no number is given. */
  settle(id = this.epoch.id, size?: number): this {
    const settlement = settlementOf(this.#state, must(this.#state.epochs.get(id)))
    const pages = settlement.pages(size)
    for (const page of pages.slice(0, -1)) this.#applyPage(id, page)
    return this.#finish(id, settlement, pages.at(-1))
  }

  /** The next page of a settlement, of so many miner slots. */
  settlePage(id: bigint, size: number): this {
    const epoch = must(this.#state.epochs.get(id))
    return this.#applyPage(id, must(settlementOf(this.#state, epoch).pages(size)[0]))
  }

  #applyPage(epoch: bigint, page: MedianPage): this {
    return this.apply({ name: 'MediansVerified', run: RUN, epoch, ...page })
  }

  /** The last page, with what it brings about. */
  #finish(epoch: bigint, { quorum, totalShare }: Settlement, page: MedianPage | undefined): this {
    const { grant } = must(must(this.#state.epochs.get(epoch)).pots)
    const returned = grant - partOf(grant, totalShare)
    const verified: RunEvent[] =
      quorum && page !== undefined ? [{ name: 'MediansVerified', run: RUN, epoch, ...page }] : []
    return this.apply(
      ...verified,
      { name: 'EpochSettled', run: RUN, epoch, totalShare },
      { name: 'PotsSettled', run: RUN, manager: COORDINATOR, epoch, totalShare, returned },
    )
  }

  // ---- Money

  grant(amount: bigint): this {
    return this.apply({ name: 'Granted', run: RUN, manager: COORDINATOR, from: OWNER, amount })
  }

  useSource(source: bigint): this {
    return this.apply({ name: 'SourceNamed', run: RUN, source })
  }

  /** A sponsor gives a budget of some token, from the next epoch on. */
  sponsor(token: Hex, amount: bigint, perEpoch = amount): this {
    const source = BigInt(this.#state.sponsorships.size) + 1n
    const firstEpoch = BigInt(this.#state.epochs.size) + 1n
    const terms = { sponsor: OWNER, source, token, amount, perEpoch, firstEpoch }
    return this.apply({ name: 'Sponsored', run: RUN, manager: COORDINATOR, ...terms })
  }

  /** All that the operator's pool earned of a source in an epoch, as if it had no other holder, or so much of it. */
  claim(operator: Hex, epoch: bigint, source = 0n, holder = operator, part?: bigint): this {
    const state = must(this.#state.epochs.get(epoch))
    const share = shareOf(this.#state, state, operator, holder === ZERO_ADDRESS)
    const amount = part ?? partOf(potOf(this.#state, state, source), share)
    const about = { operator, holder, source, epoch, amount }
    return this.apply({ name: 'Claimed', run: RUN, manager: COORDINATOR, ...about })
  }

  /** What the next epoch finds: of the grant, and of sponsorships. */
  #pots(epoch: bigint): { grant: bigint; sponsorships: bigint } {
    const { granted, sponsorships } = this.#state
    const { epochPot } = this.params
    const paying = [...sponsorships.values()].filter((sponsorship) => potAt(sponsorship, epoch) > 0n)
    return { grant: granted < epochPot ? granted : epochPot, sponsorships: BigInt(paying.length) }
  }

  #seedOf(kind: 'train' | 'test', round: bigint): Hex {
    return this.#options.seedOf?.(kind, round, this.#state.mix) ?? hash32(this.#chain, kind, round)
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
