// What a network's contracts are deployed with: deploy/params/NETWORK.json, parsed strictly. Units are in the names.

import { fileURLToPath } from 'node:url'
import { readFileLimited } from '@tessera/agent/limitedFile'
import { isTesseraError, TesseraError } from '@tessera/protocol/errors'
import { type Hex, isHex } from '@tessera/protocol/hex'

export interface DeployParams {
  /** The chain holds nothing of value: when it was started anew, everything is deployed again without asking. */
  readonly disposableChain: boolean
  /** Who gets the supply of the first block. */
  readonly tokenHolder: Hex | 'deployer'
  readonly tokenSupplyWei: bigint
  /** What supply and emission never exceed. */
  readonly tokenCapWei: bigint
  /** Where slashed stake goes, except for the bounty. */
  readonly slashSink: Hex
  readonly unbondingSeconds: number
  /** Until a new commission counts, and a manager that is allowed while others have stake; at least `unbondingSeconds`, better more. */
  readonly commissionDelaySeconds: number
  /** The most of a slashed amount that goes to the reporter, in parts of 10 000. */
  readonly bountyCapBps: number
  /** From the deployment's block to the first period. */
  readonly emissionDelaySeconds: number
  readonly emissionPeriodSeconds: number
  readonly emissionPeriodsPerHalving: number
  /** Of each period before the first halving. */
  readonly emissionInitialWei: bigint
  /** Of all bonded stake, in parts of 10 000: the least that an emission is divided by. */
  readonly emissionQuorumBps: number
  /** Of all votes counted, in parts of 10 000: what a run needs to be paid at all. */
  readonly emissionMinVoteBps: number
  /** What a run's owner deposits until it is over. */
  readonly runDepositWei: bigint
  /** Blocks above a deployment's block before the next one is sent. */
  readonly confirmationBlocks: number
  /** Between two looks for a new block while deploying. */
  readonly pollMs: number
}

const folder = fileURLToPath(new URL('params', import.meta.url))
const MAX_BYTES = 16_384

/** Errors: `deploy/unknown-network`, `deploy/bad-params`. */
export async function readParams(network: string): Promise<DeployParams> {
  if (!/^[a-z0-9-]{1,32}$/.test(network)) throw unknownNetwork(network)
  try {
    return parseParams(new TextDecoder().decode(await readFileLimited(`${folder}/${network}.json`, MAX_BYTES)))
  } catch (error) {
    if (isTesseraError(error, 'file/missing')) throw unknownNetwork(network)
    throw error
  }
}

/** Errors: `deploy/bad-params`, with `context.field`. */
export function parseParams(text: string): DeployParams {
  const fields = objectOf(text)
  const params: DeployParams = {
    disposableChain: take(fields, 'disposableChain', (value) => (typeof value === 'boolean' ? value : undefined)),
    tokenHolder: take(fields, 'tokenHolder', (value) => (value === 'deployer' || isHex(value, 20) ? value : undefined)),
    tokenSupplyWei: take(fields, 'tokenSupplyWei', weiOf),
    tokenCapWei: take(fields, 'tokenCapWei', weiOf),
    slashSink: take(fields, 'slashSink', (value) => (isHex(value, 20) ? value : undefined)),
    unbondingSeconds: take(fields, 'unbondingSeconds', (value) => integer(value, 1, 2 ** 32 - 1)),
    commissionDelaySeconds: take(fields, 'commissionDelaySeconds', (value) => integer(value, 1, 2 ** 32 - 1)),
    bountyCapBps: take(fields, 'bountyCapBps', partOf),
    emissionDelaySeconds: take(fields, 'emissionDelaySeconds', (value) => integer(value, 0, 2 ** 32 - 1)),
    emissionPeriodSeconds: take(fields, 'emissionPeriodSeconds', (value) => integer(value, 1, 2 ** 32 - 1)),
    emissionPeriodsPerHalving: take(fields, 'emissionPeriodsPerHalving', (value) => integer(value, 1, 2 ** 32 - 1)),
    emissionInitialWei: take(fields, 'emissionInitialWei', weiOf128),
    emissionQuorumBps: take(fields, 'emissionQuorumBps', partOf),
    emissionMinVoteBps: take(fields, 'emissionMinVoteBps', partOf),
    runDepositWei: take(fields, 'runDepositWei', depositOf),
    confirmationBlocks: take(fields, 'confirmationBlocks', (value) => integer(value, 1, 100)),
    pollMs: take(fields, 'pollMs', (value) => integer(value, 10, 60_000)),
  }
  const unknown = Object.keys(fields).find((name) => !(name in params))
  if (unknown !== undefined) throw badParams(unknown.slice(0, 64), 'is not a parameter')
  if (params.commissionDelaySeconds < params.unbondingSeconds)
    throw badParams('commissionDelaySeconds', 'is less than unbondingSeconds')
  // Halved for ever and rounded down, the emissions stay below twice those before the first halving.
  const emitted = 2n * params.emissionInitialWei * BigInt(params.emissionPeriodsPerHalving)
  if (params.tokenSupplyWei + emitted > params.tokenCapWei)
    throw badParams('tokenCapWei', `is less than tokenSupplyWei and an emission of ${emitted}`)
  return params
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

function take<T>(fields: Readonly<Record<string, unknown>>, name: string, parse: (value: unknown) => T | undefined): T {
  const value = Object.hasOwn(fields, name) ? parse(fields[name]) : undefined
  if (value === undefined) throw badParams(name, 'is missing or not of its kind')
  return value
}

/** A decimal string below 2^208, the limit of ERC20Votes. */
function weiOf(value: unknown): bigint | undefined {
  if (typeof value !== 'string' || !/^[1-9][0-9]{0,62}$/.test(value)) return undefined
  const wei = BigInt(value)
  return wei < 2n ** 208n ? wei : undefined
}

/** The contracts keep it in 128 bits. */
function weiOf128(value: unknown): bigint | undefined {
  const wei = weiOf(value)
  return wei !== undefined && wei < 2n ** 128n ? wei : undefined
}

/** Zero: runs cost nothing. */
function depositOf(value: unknown): bigint | undefined {
  return value === '0' ? 0n : weiOf128(value)
}

/** In 1/10 000. */
function partOf(value: unknown): number | undefined {
  return integer(value, 0, 10_000)
}

function integer(value: unknown, min: number, max: number): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max ? value : undefined
}

function badParams(field: string, reason: string): TesseraError {
  return new TesseraError('deploy/bad-params', `${field === '' ? '' : `${field} `}${reason}`, {
    hint: 'Compare the file with deploy/params/devnet.json',
    context: { field },
  })
}

function unknownNetwork(network: string): TesseraError {
  return new TesseraError(
    'deploy/unknown-network',
    `there are no parameters for the network ${JSON.stringify(network.slice(0, 64))}`,
    {
      hint: 'Write deploy/params/NETWORK.json, or name a network that has one',
    },
  )
}
