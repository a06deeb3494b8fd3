// What a run is created with: a JSON file in which each field may be left out, beside the manifest that it is for. Amounts are decimal
// text of whole tokens, times are seconds, shares are 1/10 000. The contracts have the last word on what fits together.

import { maxContributionBytes } from '@tessera/protocol/contribution'
import { TesseraError } from '@tessera/protocol/errors'
import type { RunParams } from '@tessera/protocol/events'
import { type Hex, isHex, lowerHex } from '@tessera/protocol/hex'
import {
  type BlobReference,
  checkManifestForRun,
  chunkRulesOf,
  type Manifest,
  manifestLayout,
} from '@tessera/protocol/manifest'

export const MAX_PARAMS_BYTES = 65_536
const DECIMALS = 18
const TOKEN = 10n ** 18n

/** By how many bits the contracts hold them. */
const NUMBERS = {
  trainSeconds: 32,
  commitSeconds: 32,
  revealSeconds: 32,
  attestSeconds: 32,
  scoreCommitSeconds: 32,
  scoreRevealSeconds: 32,
  maxLeaders: 8,
  roundsPerEpoch: 16,
  maxIncluded: 16,
  minMiners: 16,
  maxMiners: 16,
  minValidators: 16,
  maxValidators: 16,
  protectionEpochs: 16,
  minerShareBps: 16,
  validatorShareBps: 16,
  maxBlobBytes: 32,
} as const
const AMOUNTS = {
  minerStake: 128,
  validatorStake: 128,
  validatorWeightCap: 96,
  minPot: 128,
  epochPot: 128,
} as const

type Chosen = Omit<RunParams, 'manifestDigest' | 'manifestSize' | 'genesisRoot' | 'chunks'>

export interface RunFor {
  readonly manifest: Manifest
  readonly reference: BlobReference
  /** The deployment's token. */
  readonly native: Hex
}

/**
 * @param text of the file of parameters; all defaults if undefined.
 * @throws `run/bad-params`, with `context.field`; `manifest/run-mismatch`
 */
export function runParamsOf(text: string | undefined, { manifest, reference, native }: RunFor): RunParams {
  const params: RunParams = {
    manifestDigest: reference.digest,
    manifestSize: BigInt(reference.size),
    genesisRoot: manifest.genesis.root,
    chunks: chunkRulesOf(manifest),
    ...readParams(text === undefined ? {} : objectOf(text), defaultsFor(manifest, native)),
  }
  checkManifestForRun(manifest, params)
  return params
}

/** For strangers on common hardware, with a round of a quarter of an hour. */
function defaultsFor(manifest: Manifest, native: Hex): Chosen {
  const { training, data, codec } = manifest
  // All slots may be taken, and each miner has samples of its own.
  const room = Math.max(1, Math.floor(data.trainSamples / (training.steps * training.batch)))
  const maxMiners = Math.min(64, room)
  return {
    trainSeconds: 600,
    commitSeconds: 60,
    revealSeconds: 120,
    attestSeconds: 120,
    scoreCommitSeconds: 900,
    scoreRevealSeconds: 900,
    maxLeaders: 3,
    roundsPerEpoch: 10,
    maxRounds: 0n,
    maxIncluded: Math.min(20, maxMiners),
    minMiners: Math.min(2, maxMiners),
    maxMiners,
    minValidators: 2,
    maxValidators: 16,
    protectionEpochs: 4,
    minerStake: 100n * TOKEN,
    validatorStake: 1_000n * TOKEN,
    validatorWeightCap: 100_000n * TOKEN,
    rewardToken: native,
    minPot: TOKEN,
    epochPot: 1_000n * TOKEN,
    minerShareBps: 4_100,
    validatorShareBps: 4_100,
    maxBlobBytes: maxContributionBytes(manifestLayout(manifest), codec),
  }
}

function readParams(fields: Readonly<Record<string, unknown>>, defaults: Chosen): Chosen {
  const unknown = Object.keys(fields).find((name) => !Object.hasOwn(defaults, name))
  if (unknown !== undefined) throw badParams(unknown.slice(0, 64), 'is no parameter of a run')
  const chosen: Record<string, unknown> = { ...defaults }
  for (const [name, value] of Object.entries(fields)) chosen[name] = readField(name, value)
  // SAFETY: every field of Chosen has a default of its type, and readField gives no other type.
  return chosen as unknown as Chosen
}

function readField(name: string, value: unknown): number | bigint | Hex {
  if (Object.hasOwn(NUMBERS, name)) return integer(name, value, 2 ** NUMBERS[name as keyof typeof NUMBERS] - 1)
  if (Object.hasOwn(AMOUNTS, name)) return amount(name, value, AMOUNTS[name as keyof typeof AMOUNTS])
  if (name === 'maxRounds') return BigInt(integer(name, value, Number.MAX_SAFE_INTEGER))
  if (typeof value === 'string' && isHex(value, 20)) return lowerHex(value)
  throw badParams(name, 'is not an address')
}

function integer(name: string, value: unknown, most: number): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= most) return value
  throw badParams(name, `is not a whole number of at most ${most}`)
}

/** In wei, or in units of another reward token with as many decimals. */
function amount(name: string, value: unknown, bits: number): bigint {
  const [, whole, fraction = ''] = (typeof value === 'string' && /^(\d{1,30})(?:\.(\d{1,18}))?$/.exec(value)) || []
  const wei = whole === undefined ? -1n : BigInt(`${whole}${fraction.padEnd(DECIMALS, '0')}`)
  if (wei >= 0n && wei < 2n ** BigInt(bits)) return wei
  throw badParams(name, 'is not an amount as decimal text, such as "12.5"')
}

function objectOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  } catch {
    // Told in the same words as a JSON text of another kind.
  }
  throw badParams('', 'the file is not a JSON object')
}

function badParams(field: string, reason: string): TesseraError {
  return new TesseraError('run/bad-params', `${field === '' ? '' : `${field} `}${reason}`, {
    hint: 'Fields have the names of RunParams in IRunCoordinatorTypes.sol; those that are left out have defaults',
    context: { field },
  })
}
