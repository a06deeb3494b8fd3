// Answers of an RPC server, checked before use: each function takes what JSON gave and returns a typed value or throws
// `chain/bad-response`. Only the fields that this package uses are looked at.

import { type Address, getAddress, type Hex } from 'viem'
import { badResponse } from './errors.ts'

export interface BlockId {
  readonly number: bigint
  readonly hash: Hex
}

export interface Header extends BlockId {
  readonly parentHash: Hex
  /** Unix seconds. */
  readonly timestamp: bigint
  /** Wei. */
  readonly baseFeePerGas: bigint
}

export interface RawLog {
  readonly address: Address
  readonly topics: readonly Hex[]
  readonly data: Hex
  readonly blockNumber: bigint
  readonly blockHash: Hex
  readonly transactionHash: Hex
  readonly logIndex: bigint
}

export interface Receipt {
  readonly hash: Hex
  readonly blockNumber: bigint
  readonly blockHash: Hex
  readonly gasUsed: bigint
  readonly success: boolean
}

// Data of one log: the widest event of ours is `ScoresRevealed`, with less than a thousand bytes.
const MAX_LOG_DATA_CHARACTERS = 131_072
const MAX_TOPICS = 4

/** `0x` and up to 64 hex digits. */
export function quantityOf(value: unknown, what: string): bigint {
  if (typeof value !== 'string' || !/^0x[0-9a-fA-F]{1,64}$/.test(value)) throw badResponse(`${what} is not a quantity`)
  return BigInt(value)
}

/** `0x` and whole bytes. */
export function dataOf(value: unknown, what: string): Hex {
  if (typeof value !== 'string' || !/^0x([0-9a-fA-F]{2})*$/.test(value)) throw badResponse(`${what} is not hex data`)
  return value.toLowerCase() as Hex
}

/** `0x` and 32 bytes. */
export function hashOf(value: unknown, what: string): Hex {
  if (typeof value !== 'string' || !/^0x[0-9a-fA-F]{64}$/.test(value)) throw badResponse(`${what} is not a hash`)
  return value.toLowerCase() as Hex
}

/** A mined block without its transactions; `undefined` when the server has no such block. */
export function headerOf(value: unknown): Header | undefined {
  if (value === null) return undefined
  const block = objectOf(value, 'block')
  return {
    number: quantityOf(block.number, 'block.number'),
    hash: hashOf(block.hash, 'block.hash'),
    parentHash: hashOf(block.parentHash, 'block.parentHash'),
    timestamp: quantityOf(block.timestamp, 'block.timestamp'),
    baseFeePerGas: quantityOf(block.baseFeePerGas, 'block.baseFeePerGas'),
  }
}

/** The randomness and the parent of the block with this hash. */
export function beaconBlockOf(value: unknown, hash: Hex): { readonly mixHash: Hex; readonly parentHash: Hex } {
  const block = objectOf(value, 'block')
  if (hashOf(block.hash, 'block.hash') !== hash) throw badResponse('another block than was asked for', { hash })
  return {
    mixHash: hashOf(block.mixHash, 'block.mixHash'),
    parentHash: hashOf(block.parentHash, 'block.parentHash'),
  }
}

/** Logs as `eth_getLogs` lists them. */
export function logsOf(value: unknown): RawLog[] {
  if (!Array.isArray(value)) throw badResponse('logs are not a list')
  return value.map(logOf)
}

/** A receipt; `undefined` while the transaction is not in a block. */
export function receiptOf(value: unknown): Receipt | undefined {
  if (value === null) return undefined
  const receipt = objectOf(value, 'receipt')
  const status = quantityOf(receipt.status, 'receipt.status')
  if (status > 1n) throw badResponse('receipt.status is neither 0 nor 1')
  return {
    hash: hashOf(receipt.transactionHash, 'receipt.transactionHash'),
    blockNumber: quantityOf(receipt.blockNumber, 'receipt.blockNumber'),
    blockHash: hashOf(receipt.blockHash, 'receipt.blockHash'),
    gasUsed: quantityOf(receipt.gasUsed, 'receipt.gasUsed'),
    success: status === 1n,
  }
}

/** One call of a simulation. */
export interface SimulatedCall {
  readonly success: boolean
  readonly gasUsed: bigint
  /** What it returned or reverted with. */
  readonly returnData: Hex
}

/** The calls of the only block that `eth_simulateV1` was asked for. */
export function simulatedCallsOf(value: unknown, count: number): SimulatedCall[] {
  const block = Array.isArray(value) && value.length === 1 ? objectOf(value[0], 'the simulated block') : undefined
  if (!Array.isArray(block?.calls) || block.calls.length !== count)
    throw badResponse('not the calls that were simulated')
  return block.calls.map((entry) => {
    const call = objectOf(entry, 'a simulated call')
    const status = quantityOf(call.status, 'call.status')
    if (status > 1n) throw badResponse('call.status is neither 0 nor 1')
    const returnData = dataOf(call.returnData, 'call.returnData')
    return { success: status === 1n, gasUsed: quantityOf(call.gasUsed, 'call.gasUsed'), returnData }
  })
}

function logOf(value: unknown): RawLog {
  const log = objectOf(value, 'log')
  if (log.removed === true) throw badResponse('a removed log in the answer to a query')
  if (typeof log.data === 'string' && log.data.length > MAX_LOG_DATA_CHARACTERS)
    throw badResponse('a log is too large', { characters: log.data.length })
  if (!Array.isArray(log.topics) || log.topics.length > MAX_TOPICS) throw badResponse('log.topics is not a short list')
  return {
    address: addressOf(log.address),
    topics: log.topics.map((topic) => hashOf(topic, 'log.topics')),
    data: dataOf(log.data, 'log.data'),
    blockNumber: quantityOf(log.blockNumber, 'log.blockNumber'),
    blockHash: hashOf(log.blockHash, 'log.blockHash'),
    transactionHash: hashOf(log.transactionHash, 'log.transactionHash'),
    logIndex: quantityOf(log.logIndex, 'log.logIndex'),
  }
}

function addressOf(value: unknown): Address {
  if (typeof value !== 'string' || !/^0x[0-9a-fA-F]{40}$/.test(value))
    throw badResponse('log.address is not an address')
  return getAddress(value)
}

function objectOf(value: unknown, what: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw badResponse(`${what} is not an object`)
  return value as Record<string, unknown>
}
