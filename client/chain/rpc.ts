// The requests that this package makes, one function each: typed, checked, abortable, each tried once. Retrying is the
// caller's.

import {
  type Abi,
  type Address,
  type ContractFunctionArgs,
  type ContractFunctionName,
  type ContractFunctionReturnType,
  type DecodeFunctionResultParameters,
  decodeFunctionResult,
  type EncodeFunctionDataParameters,
  encodeFunctionData,
  type Hex,
  numberToHex,
  type PublicClient,
} from 'viem'
import { badResponse, noContract, requestError, revertData, revertError } from './errors.ts'
import {
  beaconBlockOf,
  dataOf,
  type Header,
  hashOf,
  headerOf,
  logsOf,
  quantityOf,
  type RawLog,
  type Receipt,
  receiptOf,
  type SimulatedCall,
  simulatedCallsOf,
} from './shapes.ts'

/** A viem client and nothing more is needed to ask a chain. */
export interface HasClient {
  readonly client: PublicClient
}

export interface ReadOptions {
  readonly signal?: AbortSignal | undefined
  /** Read the state after this block; the latest if absent. Servers keep the state of old blocks for a short time only. */
  readonly blockNumber?: bigint | undefined
}

type Reader = 'view' | 'pure'

/** One JSON-RPC request; the answer is unchecked. Errors as in `requestError`. */
export async function request(
  client: PublicClient,
  method: string,
  params: readonly unknown[],
  signal?: AbortSignal,
): Promise<unknown> {
  try {
    return await rawRequest(client, method, params, signal)
  } catch (error) {
    throw requestError(method, error, signal)
  }
}

export async function getChainId(chain: HasClient, signal?: AbortSignal): Promise<bigint> {
  return quantityOf(await request(chain.client, 'eth_chainId', [], signal), 'the chain id')
}

/** A block by its number, its hash or a tag; undefined when there is none. */
export async function getHeader(
  chain: HasClient,
  block: bigint | Hex | 'latest',
  signal?: AbortSignal,
): Promise<Header | undefined> {
  if (typeof block === 'bigint')
    return headerOf(await request(chain.client, 'eth_getBlockByNumber', [numberToHex(block), false], signal))
  if (block === 'latest')
    return headerOf(await request(chain.client, 'eth_getBlockByNumber', ['latest', false], signal))
  return headerOf(await request(chain.client, 'eth_getBlockByHash', [block, false], signal))
}

/** What the beacon makes its value of in a block. */
export async function getBeaconBlock(
  chain: HasClient,
  hash: Hex,
  signal?: AbortSignal,
): Promise<{ readonly mixHash: Hex; readonly parentHash: Hex }> {
  return beaconBlockOf(await request(chain.client, 'eth_getBlockByHash', [hash, false], signal), hash)
}

/** The newest block. */
export async function getHead(chain: HasClient, signal?: AbortSignal): Promise<Header> {
  const head = await getHeader(chain, 'latest', signal)
  if (head === undefined) throw badResponse('there is no latest block')
  return head
}

/**
 * The logs of some contracts, of one block named by its hash or of a range of blocks, both ends included; with topics only those
 * that have them, null being any.
 */
export async function getLogs(
  chain: HasClient,
  filter: { address: readonly Address[]; topics?: readonly (Hex | null)[] } & (
    | { blockHash: Hex }
    | { fromBlock: bigint; toBlock: bigint }
  ),
  signal?: AbortSignal,
): Promise<RawLog[]> {
  const { address, topics } = filter
  const where =
    'blockHash' in filter
      ? { blockHash: filter.blockHash }
      : { fromBlock: numberToHex(filter.fromBlock), toBlock: numberToHex(filter.toBlock) }
  const what = { address, ...(topics && { topics }), ...where }
  return logsOf(await request(chain.client, 'eth_getLogs', [what], signal))
}

export async function getCode(chain: HasClient, address: Address, signal?: AbortSignal): Promise<Hex> {
  return dataOf(await request(chain.client, 'eth_getCode', [address, 'latest'], signal), 'code')
}

/** How many transactions of the account are in blocks: the least nonce that is free. */
export async function getNonce(chain: HasClient, address: Address, signal?: AbortSignal): Promise<bigint> {
  return quantityOf(await request(chain.client, 'eth_getTransactionCount', [address, 'latest'], signal), 'the nonce')
}

/** Wei. */
export async function getBalance(chain: HasClient, address: Address, signal?: AbortSignal): Promise<bigint> {
  return quantityOf(await request(chain.client, 'eth_getBalance', [address, 'latest'], signal), 'the balance')
}

export async function getReceipt(chain: HasClient, hash: Hex, signal?: AbortSignal): Promise<Receipt | undefined> {
  const receipt = receiptOf(await request(chain.client, 'eth_getTransactionReceipt', [hash], signal))
  if (receipt !== undefined && receipt.hash !== hash) throw badResponse('a receipt of another transaction', { hash })
  return receipt
}

/** @returns The transaction's hash, as the server says. */
export async function sendRawTransaction(chain: HasClient, raw: Hex, signal?: AbortSignal): Promise<Hex> {
  // The error is not mapped: the sender tells refusals apart by their words.
  return hashOf(await rawRequest(chain.client, 'eth_sendRawTransaction', [raw], signal), 'the transaction hash')
}

/** A call that the sender is about to make. */
export interface CallRequest {
  /** For the error: which call this is. */
  readonly name: string
  readonly from?: Address
  readonly to: Address
  readonly data: Hex
  readonly value?: bigint | undefined
}

/** Executes a call without sending it. Errors: `chain/revert` and those of a request. */
export async function call(chain: HasClient, request: CallRequest, options: ReadOptions = {}): Promise<Hex> {
  const block = options.blockNumber === undefined ? 'latest' : numberToHex(options.blockNumber)
  return dataOf(await execute(chain, 'eth_call', request, [block], options.signal), "a call's result")
}

/** The gas that a call would use now. Errors as in `call`. */
export async function estimateGas(chain: HasClient, request: CallRequest, signal?: AbortSignal): Promise<bigint> {
  return quantityOf(await execute(chain, 'eth_estimateGas', request, [], signal), 'the gas estimate')
}

/** Executes calls one after the other in one block, each on what the one before left. Errors: those of a request. */
export async function simulateCalls(
  chain: HasClient,
  calls: readonly CallRequest[],
  signal?: AbortSignal,
): Promise<SimulatedCall[]> {
  const block = { calls: calls.map(transactionOf) }
  const answer = await request(chain.client, 'eth_simulateV1', [{ blockStateCalls: [block] }, 'latest'], signal)
  return simulatedCallsOf(answer, calls.length)
}

/** Reads from a contract. Errors: `chain/no-contract`, `chain/revert`, `chain/bad-response` and those of a request. */
export async function readContract<
  const abi extends Abi,
  name extends ContractFunctionName<abi, Reader>,
  const args extends ContractFunctionArgs<abi, Reader, name>,
>(
  chain: HasClient,
  parameters: { address: Address; abi: abi; functionName: name; args: args },
  options: ReadOptions = {},
): Promise<ContractFunctionReturnType<abi, Reader, name, args>> {
  const { address, abi, functionName, args } = parameters
  const data = encodeFunctionData({ abi, functionName, args } as unknown as EncodeFunctionDataParameters)
  const result = await call(chain, { name: functionName, to: address, data }, options)
  if (result === '0x') throw noContract({ address, call: functionName })
  try {
    const decoded: unknown = decodeFunctionResult({ abi, functionName, data: result } as DecodeFunctionResultParameters)
    return decoded as ContractFunctionReturnType<abi, Reader, name, args>
  } catch (cause) {
    throw badResponse(`the result of ${functionName} has the wrong shape`, { address }, cause)
  }
}

async function execute(
  chain: HasClient,
  method: string,
  request: CallRequest,
  rest: readonly unknown[],
  signal?: AbortSignal,
): Promise<unknown> {
  try {
    return await rawRequest(chain.client, method, [transactionOf(request), ...rest], signal)
  } catch (error) {
    const data = signal?.aborted ? undefined : revertData(error)
    throw data === undefined ? requestError(method, error, signal) : revertError(request.name, data)
  }
}

function transactionOf({ from, to, data, value }: CallRequest) {
  return { ...(from && { from }), to, data, ...(value !== undefined && { value: numberToHex(value) }) }
}

function rawRequest(
  client: PublicClient,
  method: string,
  params: readonly unknown[],
  signal: AbortSignal | undefined,
): Promise<unknown> {
  // viem types the methods and results that it knows; here results are unknown until they are checked.
  const untyped = client.request as (
    body: { method: string; params: readonly unknown[] },
    options: { retryCount: number; signal?: AbortSignal },
  ) => Promise<unknown>
  return untyped({ method, params }, { retryCount: 0, ...(signal && { signal }) })
}
