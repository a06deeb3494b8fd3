// The events that a run's history is replayed from, under their Solidity names and with their Solidity fields, as a chain client
// decodes them: up to uint48 and enumerations as number, wider integers as bigint. What they mean is in contracts/interfaces.

import type { Hex } from './hex.ts'

/** RunParams of IRunCoordinator; times in seconds, money in wei. */
export interface RunParams {
  readonly manifestDigest: Hex
  readonly manifestSize: bigint
  readonly genesisRoot: Hex
  readonly trainSeconds: number
  readonly commitSeconds: number
  readonly revealSeconds: number
  readonly attestSeconds: number
  readonly scoreCommitSeconds: number
  readonly scoreRevealSeconds: number
  readonly maxLeaders: number
  readonly roundsPerEpoch: number
  readonly maxRounds: bigint
  readonly maxIncluded: number
  readonly minMiners: number
  readonly maxMiners: number
  readonly minValidators: number
  readonly maxValidators: number
  readonly minerStake: bigint
  readonly validatorStake: bigint
  readonly validatorWeightCap: bigint
  readonly epochPot: bigint
  readonly minerShareBps: number
  readonly validatorShareBps: number
  readonly maxBlobBytes: number
}

/** Role and VoidReason of IRunCoordinatorTypes, by their number. */
export const ROLES = ['miner', 'validator'] as const
export type Role = (typeof ROLES)[number]
export const VOID_REASONS = ['NothingRevealed', 'NothingValid', 'NoQuorum'] as const
export type VoidReason = (typeof VOID_REASONS)[number]

interface OfRun {
  readonly run: bigint
}
interface OfRound extends OfRun {
  readonly round: bigint
}
interface OfEpoch extends OfRun {
  readonly epoch: bigint
}
interface OfManager extends OfRun {
  readonly manager: Hex
}

export type MemberEvent =
  | ({
      readonly name: 'MemberJoined'
      readonly operator: Hex
      readonly role: number
      readonly slot: number
      readonly activeFrom: bigint
      readonly stake: bigint
      readonly weight: bigint
    } & OfRun)
  | ({
      readonly name: 'MemberLeaving'
      readonly operator: Hex
      readonly role: number
      readonly slot: number
      readonly lastEpoch: bigint
    } & OfRun)
  | ({ readonly name: 'MemberReleased'; readonly operator: Hex; readonly role: number; readonly slot: number } & OfRun)

export type RoundEvent =
  | ({
      readonly name: 'RoundOpened'
      readonly epoch: bigint
      readonly parentRoot: Hex
      readonly trainSeed: Hex
      readonly miners: bigint
      readonly validators: bigint
      readonly deadline: bigint
    } & OfRound)
  | ({ readonly name: 'CommitCalled'; readonly deadline: bigint } & OfRound)
  | ({ readonly name: 'Committed'; readonly operator: Hex; readonly slot: number; readonly commitment: Hex } & OfRound)
  | ({ readonly name: 'RevealOpened'; readonly testSeed: Hex; readonly deadline: bigint } & OfRound)
  | ({
      readonly name: 'Revealed'
      readonly operator: Hex
      readonly slot: number
      readonly contributionRoot: Hex
      readonly digest: Hex
      readonly size: bigint
      readonly salt: Hex
    } & OfRound)
  | ({
      readonly name: 'LeaderDrawn'
      readonly operator: Hex
      readonly slot: number
      readonly attempt: number
      readonly deadline: bigint
    } & OfRound)
  | ({
      readonly name: 'Proposed'
      readonly operator: Hex
      readonly attempt: number
      readonly included: bigint
      readonly nextRoot: Hex
    } & OfRound)
  | ({
      readonly name: 'Attested' | 'Refused'
      readonly operator: Hex
      readonly slot: number
      readonly attempt: number
    } & OfRound)
  | ({ readonly name: 'RoundFinalized'; readonly included: bigint; readonly root: Hex } & OfRound)
  | ({ readonly name: 'RoundVoided'; readonly reason: number } & OfRound)
  | ({ readonly name: 'RunIdle' | 'RunEnded' } & OfRun)

export type EpochEvent =
  | ({ readonly name: 'EpochOpened'; readonly firstRound: bigint; readonly pot: bigint } & OfEpoch)
  | ({
      readonly name: 'EpochClosed'
      readonly lastRound: bigint
      readonly miners: bigint
      readonly validators: bigint
      readonly deadline: bigint
    } & OfEpoch)
  | ({
      readonly name: 'ScoresCommitted'
      readonly operator: Hex
      readonly slot: number
      readonly commitment: Hex
    } & OfEpoch)
  | ({ readonly name: 'ScoreRevealOpened'; readonly deadline: bigint } & OfEpoch)
  | ({
      readonly name: 'ScoresRevealed'
      readonly operator: Hex
      readonly slot: number
      /** Two bytes for each miner slot. */
      readonly scores: Hex
      readonly receiptsDigest: Hex
      readonly receiptsSize: bigint
      readonly salt: Hex
    } & OfEpoch)
  | ({
      readonly name: 'EpochSettled'
      readonly medians: Hex
      readonly paid: bigint
      readonly returned: bigint
    } & OfEpoch)

/** Of the RewardVault; only those of this run, but for claims, which are of an operator. */
export type RewardEvent =
  | ({ readonly name: 'Funded'; readonly from: Hex; readonly amount: bigint } & OfManager)
  | ({ readonly name: 'PotEscrowed'; readonly epoch: bigint; readonly pot: bigint } & OfManager)
  | ({ readonly name: 'Credited'; readonly epoch: bigint; readonly operator: Hex; readonly amount: bigint } & OfManager)
  | ({ readonly name: 'PotReturned'; readonly epoch: bigint; readonly amount: bigint } & OfManager)
  | { readonly name: 'Claimed'; readonly operator: Hex; readonly to: Hex; readonly amount: bigint }

/** Of the StakeVault; of every operator, since they stand before an operator joins. */
export type OperatorEvent =
  | { readonly name: 'EndpointSet'; readonly operator: Hex; readonly endpoint: string }
  | { readonly name: 'DelegateSet'; readonly operator: Hex; readonly delegate: Hex }
  | { readonly name: 'PayoutSet'; readonly operator: Hex; readonly payout: Hex }

export type RunEvent =
  | ({ readonly name: 'RunCreated'; readonly owner: Hex; readonly params: RunParams } & OfRun)
  | MemberEvent
  | RoundEvent
  | EpochEvent
  | RewardEvent
  | OperatorEvent

/** The names, for whoever has to choose which logs to ask for. */
export const EVENT_NAMES = {
  runCoordinator: [
    'RunCreated',
    'MemberJoined',
    'MemberLeaving',
    'MemberReleased',
    'RoundOpened',
    'CommitCalled',
    'Committed',
    'RevealOpened',
    'Revealed',
    'LeaderDrawn',
    'Proposed',
    'Attested',
    'Refused',
    'RoundFinalized',
    'RoundVoided',
    'RunIdle',
    'RunEnded',
    'EpochOpened',
    'EpochClosed',
    'ScoresCommitted',
    'ScoreRevealOpened',
    'ScoresRevealed',
    'EpochSettled',
  ],
  rewardVault: ['Funded', 'PotEscrowed', 'Credited', 'PotReturned', 'Claimed'],
  stakeVault: ['EndpointSet', 'DelegateSet', 'PayoutSet'],
} as const satisfies Record<string, readonly RunEvent['name'][]>
