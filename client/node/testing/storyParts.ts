// @testonly What the stories of runs are made of: addresses, parameters, hashes, openings.

import { createHash } from 'node:crypto'
import type { RunEvent, RunParams } from '@tessera/protocol/events'
import type { Hex } from '@tessera/protocol/hex'

export const RUN = 1n
export const COORDINATOR: Hex = `0x${'c0'.repeat(20)}`
/** The token of grants. */
export const NATIVE: Hex = `0x${'01'.repeat(20)}`
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
  protectionEpochs: 2,
  minerStake: 10n,
  validatorStake: 100n,
  validatorWeightCap: 1000n,
  rewardToken: NATIVE,
  minPot: 1_000_000n,
  epochPot: 1_000_000n,
  minerShareBps: 4100,
  validatorShareBps: 4100,
  maxBlobBytes: 1_000_000,
  chunks: { k: 2, chunkSize: 8, chunkCount: 3, clipQ8: 512, rateQ16: 65_536, maxInnerSteps: 3, batch: 8 },
}

export interface StoryOptions {
  readonly params?: Partial<RunParams>
  readonly miners?: number
  /** Stakes of the validators. */
  readonly stakes?: readonly bigint[]
  /** Tells the seeds of one chain from those of another on which everything else happened alike. */
  readonly chain?: string
  /** Number of the block before its first, if its blocks are to be those of some chain. */
  readonly head?: bigint
  /** Makes the seeds instead, from the run's mix. */
  readonly seedOf?: (kind: 'train' | 'test', round: bigint, mix: Hex) => Hex
  /** Hears the events of each block. */
  readonly onEvents?: (events: readonly RunEvent[]) => void
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
