// Where one deployment of the contracts lives: the contents of a deployment file, parsed strictly and written. Reading and
// writing the file itself is the caller's.

import { TesseraError } from '@tessera/protocol/errors'
import { type Address, getAddress, type Hex, isAddress } from 'viem'

/** One deployment of the contracts on one chain. */
export interface Deployment {
  readonly chainId: number
  /** Hash of the chain's block 0: tells two devnets with the same chain id apart. */
  readonly genesisHash: Hex
  /** First block that may hold an event of these contracts. */
  readonly fromBlock: bigint
  readonly token: Address
  readonly stakeVault: Address
  readonly rewardEscrow: Address
  readonly emission: Address
  readonly beacon: Address
  readonly runCoordinator: Address
}

/** The contracts of a deployment, in the order in which they are deployed. */
export const CONTRACTS = ['token', 'stakeVault', 'rewardEscrow', 'emission', 'beacon', 'runCoordinator'] as const

export type ContractName = (typeof CONTRACTS)[number]

/** The largest deployment file that is read. */
export const MAX_DEPLOYMENT_BYTES = 65_536
const KEYS = ['chainId', 'genesisHash', 'fromBlock', ...CONTRACTS] as const

/**
 * Parses the contents of a deployment file: one JSON object with exactly the fields of `Deployment`; `fromBlock` is a decimal
 * string, since a block number need not fit a JSON number.
 * @throws `chain/bad-deployment`
 */
export function parseDeployment(text: string): Deployment {
  if (text.length > MAX_DEPLOYMENT_BYTES)
    throw badDeployment(`${text.length} characters, at most ${MAX_DEPLOYMENT_BYTES} are read`)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw badDeployment('not JSON', cause)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw badDeployment('not a JSON object')
  const fields = value as Record<string, unknown>
  const unknown = Object.keys(fields).find((key) => !KEYS.some((known) => known === key))
  if (unknown !== undefined) throw badDeployment(`unknown field ${JSON.stringify(unknown.slice(0, 64))}`)
  return {
    chainId: chainIdField(fields.chainId),
    genesisHash: hashField(fields.genesisHash),
    fromBlock: blockField(fields.fromBlock),
    token: addressField(fields, 'token'),
    stakeVault: addressField(fields, 'stakeVault'),
    rewardEscrow: addressField(fields, 'rewardEscrow'),
    emission: addressField(fields, 'emission'),
    beacon: addressField(fields, 'beacon'),
    runCoordinator: addressField(fields, 'runCoordinator'),
  }
}

/** The contents of a deployment file; `parseDeployment` gives the same deployment back. */
export function formatDeployment(deployment: Deployment): string {
  const fields = KEYS.map((key) => [key, key === 'fromBlock' ? deployment.fromBlock.toString() : deployment[key]])
  return `${JSON.stringify(Object.fromEntries(fields), null, 2)}\n`
}

function chainIdField(value: unknown): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 1)
    throw badDeployment('chainId is not a positive integer')
  return value
}

function hashField(value: unknown): Hex {
  if (typeof value !== 'string' || !/^0x[0-9a-f]{64}$/.test(value))
    throw badDeployment('genesisHash is not 0x and 64 lower-case hex digits')
  return value as Hex
}

function blockField(value: unknown): bigint {
  if (typeof value !== 'string' || !/^(0|[1-9][0-9]{0,19})$/.test(value))
    throw badDeployment('fromBlock is not a decimal string')
  return BigInt(value)
}

function addressField(fields: Record<string, unknown>, name: ContractName): Address {
  const value = fields[name]
  // Mixed case is checked against its checksum, so that a mistyped address is not taken.
  if (typeof value !== 'string' || !isAddress(value)) throw badDeployment(`${name} is not an address`)
  return getAddress(value)
}

function badDeployment(reason: string, cause?: unknown): TesseraError {
  return new TesseraError('chain/bad-deployment', `this is not a deployment file: ${reason}`, {
    hint: 'Point to the file that the deployment wrote, or deploy again',
    cause,
  })
}
