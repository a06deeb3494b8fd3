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
  /** When leaving: the epoch that has to be settled first; 0 for none. */
  readonly lastEpoch: bigint
  /** Wei locked. */
  readonly stake: bigint
  /** Wei that count in votes; 0 for miners. */
  readonly weight: bigint
}

/** What a miner put on chain in a round. */
export interface ContributionState {
  readonly slot: number
  readonly operator: Hex
  readonly commitment: Hex
  readonly revealed: {
    readonly contributionRoot: Hex
    readonly digest: Hex
    readonly size: bigint
    readonly salt: Hex
    /** Its place among the reveals of the round, from 0: of two equal contributions the later one is the copy. */
    readonly order: number
  } | null
}

/** How a round ended; null while it is under way. */
export type RoundEnd =
  | { readonly kind: 'final'; readonly included: bigint; readonly root: Hex }
  | { readonly kind: 'void'; readonly reason: VoidReason }

export interface RoundState {
  readonly id: bigint
  readonly epoch: bigint
  readonly parentRoot: Hex
  readonly trainSeed: Hex
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
  readonly attested: bigint
  readonly refused: bigint
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
  readonly pot: bigint
  /** Whether the vault has set the pot aside. */
  readonly escrowed: boolean
  /** Bitmaps: active in at least one of its rounds. */
  readonly miners: bigint
  readonly validators: bigint
  readonly minerOperators: ReadonlyMap<number, Hex>
  readonly validatorOperators: ReadonlyMap<number, Hex>
  /** Wei by slot, of its validators. */
  readonly weights: ReadonlyMap<number, bigint>
  readonly committed: bigint
  readonly revealed: bigint
  /** By validator slot. */
  readonly commitments: ReadonlyMap<number, Hex>
  readonly opened: ReadonlyMap<number, OpenedScores>
  /** Once settled. */
  readonly settlement: SettledEpoch | null
}

export interface SettledEpoch {
  /** By miner slot; all zero without a quorum. */
  readonly medians: Uint16Array
  readonly paid: bigint
  readonly returned: bigint
  /** What is due to each operator, in wei. */
  readonly due: ReadonlyMap<Hex, bigint>
  /** What the vault has credited of it so far. */
  readonly credited: ReadonlyMap<Hex, bigint>
  /** Whether the vault has given the rest back. */
  readonly restReturned: boolean
}

export interface OperatorState {
  /** As published: hostile text until it is checked. Empty when none. */
  readonly endpoint: string
  /** The hot key; the zero address for none. */
  readonly delegate: Hex
  /** Where it is paid; the zero address for the operator itself. */
  readonly payout: Hex
}

/** Wei that an operator earned in this run. */
export interface CreditState {
  readonly earned: bigint
  readonly claimed: bigint
}

export interface RunState {
  readonly run: bigint
  /** The manager of the run's funds, in lower case. */
  readonly coordinator: Hex
  readonly owner: Hex
  /** Null before the run is created. */
  readonly params: RunParams | null
  readonly phase: RunPhase
  /** Wei in the RewardVault that no pot holds. */
  readonly funds: bigint
  readonly operators: ReadonlyMap<Hex, OperatorState>
  /** By slot. */
  readonly miners: ReadonlyMap<number, Member>
  readonly validators: ReadonlyMap<number, Member>
  /** Root of the last final round, or of genesis. */
  readonly stateRoot: Hex
  /** The round that gave it; 0 for genesis. */
  readonly stateRound: bigint
  /** Running hash of the revealed salts. */
  readonly mix: Hex
  /** The last round that opened; null before the first. */
  readonly round: RoundState | null
  /** Rounds that are over, in order: number n is at n - 1. */
  readonly rounds: readonly RoundState[]
  /** In order of their numbers. */
  readonly epochs: ReadonlyMap<bigint, EpochState>
  readonly credits: ReadonlyMap<Hex, CreditState>
  /** The epoch whose settlement the vault is booking; null between transactions. */
  readonly paying: bigint | null
}

/**
 * The state before the first event.
 * @param coordinator address of the RunCoordinator, whose events and funds are this run's.
 */
export function initialState(run: bigint, coordinator: Hex): RunState {
  return {
    run,
    coordinator: lowerHex(coordinator),
    owner: ZERO_ADDRESS,
    params: null,
    phase: 'None',
    funds: 0n,
    operators: new Map(),
    miners: new Map(),
    validators: new Map(),
    stateRoot: ZERO_HASH,
    stateRound: 0n,
    mix: ZERO_HASH,
    round: null,
    rounds: [],
    epochs: new Map(),
    credits: new Map(),
    paying: null,
  }
}

export function membersOf(state: RunState, role: Role): ReadonlyMap<number, Member> {
  return role === 'miner' ? state.miners : state.validators
}

/** Members that take part in the next round to open. */
export function stayingMembers(state: RunState, role: Role): Member[] {
  return [...membersOf(state, role).values()].filter(({ leaving }) => !leaving).sort((a, b) => a.slot - b.slot)
}
