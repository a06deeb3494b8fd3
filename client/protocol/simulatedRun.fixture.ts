// The names and numbers of the simulated run that tests use. @testonly

import { EVENT_NAMES, type RunEvent, type RunParams } from './events.ts'
import { sha256 } from './hash.ts'
import { bytesToHex, type Hex } from './hex.ts'

export const RUN = 3n
export const COORDINATOR: Hex = `0x${'c0'.repeat(20)}`
export const OWNER: Hex = `0x${'0e'.repeat(20)}`
/** The token of grants. */
export const NATIVE: Hex = `0x${'1a'.repeat(20)}`

/** A hash that stands for whatever the name says. */
export function hashOf(name: string): Hex {
  return bytesToHex(sha256(new TextEncoder().encode(name)))
}

export function addressOf(name: string): Hex {
  return hashOf(name).slice(0, 42) as Hex
}

export const ETHER = 10n ** 18n

export const sampleParams: RunParams = {
  manifestDigest: hashOf('manifest'),
  manifestSize: 1000n,
  genesisRoot: hashOf('genesis'),
  trainSeconds: 60,
  commitSeconds: 20,
  revealSeconds: 20,
  attestSeconds: 30,
  scoreCommitSeconds: 40,
  scoreRevealSeconds: 40,
  maxLeaders: 2,
  roundsPerEpoch: 2,
  maxRounds: 0n,
  maxIncluded: 3,
  minMiners: 2,
  maxMiners: 4,
  minValidators: 1,
  maxValidators: 3,
  protectionEpochs: 1,
  minerStake: 5n * ETHER,
  validatorStake: 10n * ETHER,
  validatorWeightCap: 50n * ETHER,
  rewardToken: NATIVE,
  minPot: 1n,
  epochPot: 1000n * ETHER,
  minerShareBps: 4100,
  validatorShareBps: 4100,
  maxBlobBytes: 100_000,
  chunks: { k: 2, chunkSize: 8, chunkCount: 3, clipQ8: 512, rateQ16: 65_536, maxInnerSteps: 3, batch: 8 },
}

export const DEPOSIT = 3n * ETHER

export interface Seat {
  readonly operator: Hex
  readonly weight: bigint
  stake: bigint
  readonly activeFrom: bigint
  readonly firstEpoch: bigint
  readonly protectedUntil: bigint
  leaving: boolean
  lastRound: bigint | null
  lastEpoch: bigint
  key: Hex
}

export interface Epoch {
  readonly id: bigint
  readonly firstRound: bigint
  lastRound: bigint
  finalRounds: number
  miners: bigint
  validators: bigint
  readonly commitments: Map<number, { scores: Uint16Array; salt: Hex }>
  readonly revealed: Map<number, Uint16Array>
  phase: 'Open' | 'Commit' | 'Reveal' | 'Settled'
  /** By miner slot; of a settled one. */
  ranks: readonly bigint[]
}

export interface Opening {
  readonly contributionRoot: Hex
  readonly digest: Hex
  readonly size: bigint
  readonly salt: Hex
}

/** An event without what it is about. */
export type AnyEvent = RunEvent extends infer T ? (T extends unknown ? Omit<T, 'run' | 'manager'> : never) : never

/** What the simulated contracts emit, in one log, each in a second of its own. */
export class EventLog {
  readonly events: RunEvent[] = []
  time = 1_700_000_000n

  emit(event: AnyEvent): void {
    this.time += 1n
    this.events.push({ ...event, ...idsOf(event.name) } as RunEvent)
  }
}

/** What an event of that name says it is about. */
function idsOf(name: string): { run?: bigint; manager?: Hex } {
  const within = (names: readonly string[]): boolean => names.includes(name)
  if (within(EVENT_NAMES.stakeVault)) return {}
  return within(EVENT_NAMES.rewardEscrow) ? { run: RUN, manager: COORDINATOR } : { run: RUN }
}

/** Another value in each block. */
export function beaconOf(block: number): Hex {
  return hashOf(`beacon/${block}`)
}

/** What a test counts on to be there. */
export function known<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the simulated run has no such thing')
  return value
}
