// A run as its events tell it. Immutable: each transition makes a new state that shares what did not change. Addresses and
// hashes are in lower case, whatever the events had.

import type { Role, RunParams, VoidReason } from './events.ts'
import { type Hex, lowerHex } from './hex.ts'
import { ZERO_ADDRESS, ZERO_HASH } from './tags.ts'

/** None: the run is not created yet. */
export type RunPhase = 'None' | 'Idle' | 'Train' | 'Commit' | 'Reveal' | 'Attest' | 'Ended'

export type EpochPhase = 'Open' | 'Commit' | 'Reveal' | 'Settled'

export interface Member {
  readonly slot: number
  readonly operator: Hex
  readonly leaving: boolean
  /** First round it may take part in. */
  readonly activeFrom: bigint
  /** When leaving: the last round it takes part in, which may be before `activeFrom`. Null while it stays. */
  readonly lastRound: bigint | null
  /** When leaving: the epoch that has to be settled first; 0 for none. */
  readonly lastEpoch: bigint
  /** First epoch in which it can be active. */
  readonly firstEpoch: bigint
  /** Miners: the first epoch in which it may be replaced; validators: 0. */
  readonly protectedUntil: bigint
  /** The account that acts in the slot; the zero address until the event that names it. */
  readonly key: Hex
  /** Wei locked; what is left of it when it was punished. */
  readonly stake: bigint
  /** Wei that count in votes; 0 for miners. */
  readonly weight: bigint
}

/** What stays known of a membership when its seat is somebody else's, since a fault may be shown later. */
export interface Membership {
  readonly slot: number
  /** Wei, as it sat down. */
  readonly stake: bigint
  readonly firstEpoch: bigint
  /** The first epoch in which the slot is its no more; null while it sits. */
  readonly end: bigint | null
  readonly punished: boolean
}

/** Who gets a slot once its member is released. Its stake is locked. */
export interface Heir {
  readonly slot: number
  readonly operator: Hex
  readonly stake: bigint
}

/** What a miner put on chain in a round. */
export interface ContributionState {
  readonly slot: number
  readonly operator: Hex
  readonly commitment: Hex
  /** Number of the block that the commitment is in. */
  readonly block: bigint
  readonly revealed: {
    readonly contributionRoot: Hex
    readonly digest: Hex
    readonly size: bigint
    readonly salt: Hex
    /** Its place among the reveals of the round, from 0: of two equal contributions the later one is the copy. */
    readonly order: number
  } | null
}

/** How a round ended; null while it is under way. Undone: it was final until it, or one that it was built on, was refuted. */
export type RoundEnd =
  | {
      readonly kind: 'final' | 'undone'
      readonly included: bigint
      readonly root: Hex
      /** Rounds of its epoch that moved the root before it, and stood by then. */
      readonly finalBefore: number
    }
  | { readonly kind: 'void'; readonly reason: VoidReason }

export interface RoundState {
  readonly id: bigint
  readonly epoch: bigint
  readonly parentRoot: Hex
  readonly trainSeed: Hex
  /** Unix seconds; in the transaction that ended the round before, unless the run was idle or an epoch ended. */
  readonly openedAt: bigint
  /** Zero until commits close. */
  readonly testSeed: Hex
  /** Of the present phase, unix seconds. */
  readonly deadline: bigint
  /** Bitmaps of the slots active in it. */
  readonly miners: bigint
  readonly validators: bigint
  /** Operators of the active slots at its opening; slots change hands later. */
  readonly minerOperators: ReadonlyMap<number, Hex>
  readonly validatorOperators: ReadonlyMap<number, Hex>
  /** Wei by slot, of the active validators. */
  readonly weights: ReadonlyMap<number, bigint>
  readonly totalWeight: bigint
  readonly committed: bigint
  readonly revealed: bigint
  /** By miner slot; those that committed. */
  readonly contributions: ReadonlyMap<number, ContributionState>
  /** Leaders tried so far, the present one included; 0 before the first. */
  readonly attempt: number
  /** Validator slot, or -1 before the first draw. */
  readonly leader: number
  readonly led: bigint
  readonly proposed: boolean
  /** As proposed in this attempt; 0 and zero before. */
  readonly included: bigint
  readonly nextRoot: Hex
  /** What votes of this attempt name; zero before there is a proposal. */
  readonly proposal: Hex
  readonly attested: bigint
  readonly refused: bigint
  /** Bitmap: attested, and measured a worse model. */
  readonly worse: bigint
  readonly end: RoundEnd | null
}

/** Scores that a validator opened. */
export interface OpenedScores {
  readonly slot: number
  readonly operator: Hex
  /** As revealed: two bytes for each miner slot. */
  readonly scores: Hex
  readonly receiptsDigest: Hex
  readonly receiptsSize: bigint
}

export interface EpochState {
  readonly id: bigint
  readonly phase: EpochPhase
  readonly firstRound: bigint
  /** 0 while its rounds run. */
  readonly lastRound: bigint
  /** Of the present score phase, unix seconds; 0 while its rounds run. */
  readonly deadline: bigint
  /** Unix seconds; in the transaction that ended its last round. 0 while its rounds run. */
  readonly closedAt: bigint
  /** Rounds that moved the root and are not undone. Once the epoch is settled this stays. */
  readonly finalRounds: number
  /** What the escrow set aside of the grant, in wei, and at how many sponsorships; null until it did, in the same transaction. */
  readonly pots: { readonly grant: bigint; readonly sponsorships: bigint } | null
  /** Bitmaps: active in at least one of its rounds. */
  readonly miners: bigint
  readonly validators: bigint
  /** Bitmaps: active in each of its rounds. */
  readonly minersThroughout: bigint
  readonly validatorsThroughout: bigint
  /** Rounds it was active in, by slot. */
  readonly minerRounds: ReadonlyMap<number, number>
  readonly validatorRounds: ReadonlyMap<number, number>
  readonly minerOperators: ReadonlyMap<number, Hex>
  readonly validatorOperators: ReadonlyMap<number, Hex>
  /** Wei by slot, of its validators. */
  readonly weights: ReadonlyMap<number, bigint>
  readonly committed: bigint
  readonly revealed: bigint
  /** By validator slot. */
  readonly commitments: ReadonlyMap<number, Hex>
  readonly opened: ReadonlyMap<number, OpenedScores>
  /** Miner slots that pages of its settlement have dealt with. */
  readonly settledSlots: number
  /** Once settled. */
  readonly settlement: SettledEpoch | null
}

/** Who earned what part of each of an epoch's pots, in 2^-64. */
export interface SettledEpoch {
  /** By miner slot; all zero without a quorum. */
  readonly medians: Uint16Array
  /** By miner slot, in 32 bits each; all zero without a quorum. What replaceMiner compares: usefulness.ts. */
  readonly ranks: readonly bigint[]
  readonly totalShare: bigint
  /** By operator, as miner and validator together; those that earned something. */
  readonly shares: ReadonlyMap<Hex, bigint>
  readonly ownerShare: bigint
  /** Whether the escrow has booked it, which it does in the same transaction. */
  readonly booked: boolean
  /** Wei claimed so far, by `claimKey` of source, operator and holder. */
  readonly claimed: ReadonlyMap<string, bigint>
}

/** @param holder the zero address for the operator as the run's owner. All in lower case. */
export function claimKey(source: bigint, operator: Hex, holder: Hex): string {
  return `${source}/${operator}/${holder}`
}

/** A sponsor's money for the run: see SponsorshipLib for which epoch has which pot of it. */
export interface SponsorshipState {
  readonly token: Hex
  readonly sponsor: Hex
  readonly firstEpoch: bigint
  /** Wei of the token for each epoch. */
  readonly perEpoch: bigint
  /** Wei given and not withdrawn. */
  readonly budget: bigint
  /** The first epoch whose unearned part has not gone back to the sponsor yet. */
  readonly nextReturn: bigint
}

export interface OperatorState {
  /** As published: hostile text until it is checked. Empty when none. */
  readonly endpoint: string
  /** The hot key; the zero address for none. */
  readonly delegate: Hex
  /** Where it is paid; the zero address for the operator itself. */
  readonly payout: Hex
}

export interface RunState {
  readonly run: bigint
  /** The manager of the run's funds, in lower case. */
  readonly coordinator: Hex
  /** The token of grants, in lower case. */
  readonly native: Hex
  readonly owner: Hex
  /** Null before the run is created. */
  readonly params: RunParams | null
  readonly phase: RunPhase
  /** Wei of the deposit that the owner has not got back. */
  readonly deposit: bigint
  /** Wei of the native token granted to the run that no epoch holds. */
  readonly granted: bigint
  /** By number of the source, from 1. */
  readonly sponsorships: ReadonlyMap<bigint, SponsorshipState>
  /** The sponsorship that the run's epochs need; 0: the grant. */
  readonly source: bigint
  readonly operators: ReadonlyMap<Hex, OperatorState>
  /** By slot. */
  readonly miners: ReadonlyMap<number, Member>
  readonly validators: ReadonlyMap<number, Member>
  /** By miner slot. */
  readonly heirs: ReadonlyMap<number, Heir>
  /** By role and operator, one after the other: see transitionCourt.ts. */
  readonly memberships: ReadonlyMap<string, readonly Membership[]>
  /** Until which epoch an operator is protected as a miner, from its first membership on. */
  readonly protection: ReadonlyMap<Hex, bigint>
  /** How many miners were replaced in the last epoch in which any was. */
  readonly replaced: { readonly epoch: bigint; readonly count: number }
  /** The miner slot whose member left by the last event: an heir can be named for it now and at no other time. Else null. */
  readonly vacated: number | null
  /** Root of the last final round that is not undone, or of genesis. */
  readonly stateRoot: Hex
  /** The round that gave it; 0 for genesis. */
  readonly stateRound: bigint
  /** Running hash of what miners revealed. */
  readonly mix: Hex
  /** The last round that opened; null before the first. */
  readonly round: RoundState | null
  /** Rounds that are over, in order: number n is at n - 1. */
  readonly rounds: readonly RoundState[]
  /** In order of their numbers. */
  readonly epochs: ReadonlyMap<bigint, EpochState>
  /** The open round was built on one that the last event refuted: it is void by the next one. */
  readonly rollingBack: boolean
  /** The epoch whose pots the escrow has yet to set aside or book in this transaction; null between transactions. */
  readonly booking: bigint | null
}

/**
 * The state before the first event.
 * @param coordinator address of the RunCoordinator, whose events and funds are this run's.
 * @param native address of the RewardEscrow's native token.
 */
export function initialState(run: bigint, coordinator: Hex, native: Hex): RunState {
  return {
    run,
    coordinator: lowerHex(coordinator),
    native: lowerHex(native),
    owner: ZERO_ADDRESS,
    params: null,
    phase: 'None',
    deposit: 0n,
    granted: 0n,
    sponsorships: new Map(),
    source: 0n,
    operators: new Map(),
    miners: new Map(),
    validators: new Map(),
    heirs: new Map(),
    memberships: new Map(),
    protection: new Map(),
    replaced: { epoch: 0n, count: 0 },
    vacated: null,
    stateRoot: ZERO_HASH,
    stateRound: 0n,
    mix: ZERO_HASH,
    round: null,
    rounds: [],
    epochs: new Map(),
    rollingBack: false,
    booking: null,
  }
}

/** The present or a past round; undefined for one that has not opened. */
export function roundOf(state: RunState, round: bigint): RoundState | undefined {
  return state.round?.id === round ? state.round : state.rounds[Number(round) - 1]
}

export function membersOf(state: RunState, role: Role): ReadonlyMap<number, Member> {
  return role === 'miner' ? state.miners : state.validators
}

/** Members that take part in the next round to open. */
export function stayingMembers(state: RunState, role: Role): Member[] {
  return [...membersOf(state, role).values()].filter(({ leaving }) => !leaving).sort((a, b) => a.slot - b.slot)
}
