// The events that a run's history is replayed from, under their Solidity names and with their Solidity fields, as a chain client
// decodes them: up to uint48 and enumerations as number, wider integers as bigint. What they mean is in contracts/interfaces.

import type { Hex } from './hex.ts'

/** ChunkRules of IRunCoordinatorTypes: what a chunk of the state is, and what a round makes of it; from the manifest. */
export interface ChunkRules {
  readonly k: number
  readonly chunkSize: number
  readonly chunkCount: number
  readonly clipQ8: number
  readonly rateQ16: number
  readonly maxInnerSteps: number
  readonly batch: number
}

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
  readonly protectionEpochs: number
  readonly minerStake: bigint
  readonly validatorStake: bigint
  readonly validatorWeightCap: bigint
  readonly rewardToken: Hex
  readonly minPot: bigint
  readonly epochPot: bigint
  readonly minerShareBps: number
  readonly validatorShareBps: number
  readonly maxBlobBytes: number
  readonly chunks: ChunkRules
}

/** Role and VoidReason of IRunCoordinatorTypes, by their number. */
export const ROLES = ['miner', 'validator'] as const
export type Role = (typeof ROLES)[number]
export const VOID_REASONS = ['NothingRevealed', 'NothingValid', 'NoQuorum', 'WorseModel', 'RolledBack'] as const
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
  | ({
      readonly name: 'MemberPunished'
      readonly operator: Hex
      readonly role: number
      readonly slot: number
      /** In which the fault was done. */
      readonly epoch: bigint
      /** Wei. */
      readonly taken: bigint
      readonly reporter: Hex
    } & OfRun)
  | ({ readonly name: 'MemberReleased'; readonly operator: Hex; readonly role: number; readonly slot: number } & OfRun)
  | ({ readonly name: 'HeirNamed'; readonly operator: Hex; readonly slot: number; readonly stake: bigint } & OfRun)
  | ({ readonly name: 'HeirReleased'; readonly operator: Hex; readonly slot: number } & OfRun)
  | ({ readonly name: 'KeySet'; readonly role: number; readonly slot: number; readonly key: Hex } & OfRun)

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
  | ({
      readonly name: 'Committed'
      readonly slot: number
      readonly commitment: Hex
      /** Not in the log's data but of the log: the number of its block, of which a seal keeps the low 16 bits. */
      readonly block: bigint
    } & OfRound)
  | ({ readonly name: 'RevealOpened'; readonly testSeed: Hex; readonly deadline: bigint } & OfRound)
  | ({
      readonly name: 'Revealed'
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
      /** What votes name: see proposal.ts. */
      readonly proposal: Hex
    } & OfRound)
  | ({
      readonly name: 'Attested'
      readonly operator: Hex
      readonly slot: number
      readonly proposal: Hex
      readonly worse: boolean
    } & OfRound)
  | ({ readonly name: 'Refused'; readonly operator: Hex; readonly slot: number; readonly proposal: Hex } & OfRound)
  | ({ readonly name: 'RoundFinalized'; readonly included: bigint; readonly root: Hex } & OfRound)
  | ({ readonly name: 'RoundVoided'; readonly reason: number } & OfRound)
  | ({ readonly name: 'RoundRefuted'; readonly root: Hex } & OfRound)
  | ({ readonly name: 'RunIdle' | 'RunEnded' } & OfRun)

export type EpochEvent =
  | ({ readonly name: 'EpochOpened'; readonly firstRound: bigint } & OfEpoch)
  | ({
      readonly name: 'EpochClosed'
      readonly lastRound: bigint
      readonly finalRounds: number
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
  | ({ readonly name: 'MediansVerified'; readonly firstSlot: number; readonly medians: Hex } & OfEpoch)
  | ({
      readonly name: 'EpochSettled'
      /** What is earned of each pot, in 2^-64. */
      readonly totalShare: bigint
    } & OfEpoch)

/** Of the coordinator, about a run's money. */
export type FundingEvent =
  | ({ readonly name: 'SourceNamed'; readonly source: bigint } & OfRun)
  | ({ readonly name: 'DepositReturned'; readonly owner: Hex; readonly amount: bigint } & OfRun)

/** Of the RewardEscrow; only those of this run. Source 0 is the grant, sponsorships follow from 1. */
export type RewardEvent =
  | ({ readonly name: 'Granted'; readonly from: Hex; readonly amount: bigint } & OfManager)
  | ({
      readonly name: 'Sponsored'
      readonly sponsor: Hex
      readonly source: bigint
      readonly token: Hex
      readonly amount: bigint
      readonly perEpoch: bigint
      readonly firstEpoch: bigint
    } & OfManager)
  | ({ readonly name: 'SponsorshipRaised'; readonly source: bigint; readonly amount: bigint } & OfManager)
  | ({
      readonly name: 'SponsorshipWithdrawn'
      readonly source: bigint
      readonly to: Hex
      readonly amount: bigint
    } & OfManager)
  | ({
      readonly name: 'SponsorshipReturned'
      readonly source: bigint
      readonly to: Hex
      readonly nextEpoch: bigint
      readonly amount: bigint
    } & OfManager)
  | ({
      readonly name: 'PotsOpened'
      readonly epoch: bigint
      readonly grant: bigint
      readonly sponsorships: bigint
    } & OfManager)
  | ({
      readonly name: 'PotsSettled'
      readonly epoch: bigint
      readonly totalShare: bigint
      readonly returned: bigint
    } & OfManager)
  | ({
      readonly name: 'Claimed'
      readonly operator: Hex
      /** Of shares of the operator's pool; the zero address: the operator as the run's owner. */
      readonly holder: Hex
      readonly source: bigint
      readonly epoch: bigint
      readonly amount: bigint
    } & OfManager)

/** Of the StakeVault; of every operator, since they stand before an operator joins. */
export type OperatorEvent =
  | { readonly name: 'EndpointSet'; readonly operator: Hex; readonly endpoint: string }
  | { readonly name: 'DelegateSet'; readonly operator: Hex; readonly delegate: Hex }
  | { readonly name: 'PayoutSet'; readonly operator: Hex; readonly payout: Hex }

export type RunEvent =
  | ({ readonly name: 'RunCreated'; readonly owner: Hex; readonly params: RunParams; readonly deposit: bigint } & OfRun)
  | MemberEvent
  | RoundEvent
  | EpochEvent
  | FundingEvent
  | RewardEvent
  | OperatorEvent

/** The names, for whoever has to choose which logs to ask for. */
export const EVENT_NAMES = {
  runCoordinator: [
    'RunCreated',
    'MemberJoined',
    'MemberLeaving',
    'MemberPunished',
    'MemberReleased',
    'HeirNamed',
    'HeirReleased',
    'KeySet',
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
    'RoundRefuted',
    'RunIdle',
    'RunEnded',
    'EpochOpened',
    'EpochClosed',
    'ScoresCommitted',
    'ScoreRevealOpened',
    'ScoresRevealed',
    'MediansVerified',
    'EpochSettled',
    'SourceNamed',
    'DepositReturned',
  ],
  rewardEscrow: [
    'Granted',
    'Sponsored',
    'SponsorshipRaised',
    'SponsorshipWithdrawn',
    'SponsorshipReturned',
    'PotsOpened',
    'PotsSettled',
    'Claimed',
  ],
  stakeVault: ['EndpointSet', 'DelegateSet', 'PayoutSet'],
} as const satisfies Record<string, readonly RunEvent['name'][]>
