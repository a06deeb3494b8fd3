// What the chain or its RPC server said, as our errors: transport failures, refusals, and reverts decoded to the name and the
// arguments of the custom error. Every code of this package that more than one file throws is made here.

import { isTesseraError, TesseraError } from '@tessera/protocol/errors'
import {
  BaseError,
  decodeErrorResult,
  type Hex,
  HttpRequestError,
  hexToString,
  isHex,
  ResponseBodyTooLargeError,
  RpcRequestError,
  TimeoutError,
} from 'viem'
import { beaconAbi } from './generated/beacon.ts'
import { emissionAbi } from './generated/emission.ts'
import { rewardEscrowAbi } from './generated/rewardEscrow.ts'
import { runCoordinatorAbi } from './generated/runCoordinator.ts'
import { stakeVaultAbi } from './generated/stakeVault.ts'
import { tokenAbi } from './generated/token.ts'
import { hintOfRevert } from './revertHints.ts'

export const contractErrors = [
  ...runCoordinatorAbi,
  ...stakeVaultAbi,
  ...rewardEscrowAbi,
  ...emissionAbi,
  ...tokenAbi,
  ...beaconAbi,
].filter((entry) => entry.type === 'error')

/** Text from outside is cut to this many characters before it goes into an error. */
const MAX_FOREIGN_TEXT = 300
// JSON-RPC and HTTP codes that say "not now" rather than "never".
const RETRYABLE_RPC_CODES = new Set([-32603, -32005, -32007, 429])
const RETRYABLE_STATUS = new Set([408, 425, 429])

/** True for `chain/revert`; with `name`, only for that custom error, e.g. `isRevert(error, 'RunAlreadyCommitted')`. */
export function isRevert(error: unknown, name?: string): boolean {
  return isTesseraError(error, 'chain/revert') && (name === undefined || error.context.error === name)
}

/**
 * The answer of the RPC server cannot be what the chain says.
 * Retryable: behind one URL there are often several servers, one of them broken or behind.
 */
export function badResponse(
  what: string,
  context: Readonly<Record<string, unknown>> = {},
  cause?: unknown,
): TesseraError {
  return new TesseraError('chain/bad-response', `the RPC server gave a bad answer: ${what}`, {
    retryable: true,
    hint: 'Check that the RPC URL is that of an Ethereum JSON-RPC server; if it is, use another server',
    context,
    cause,
  })
}

/** There is no contract where the deployment says that one is. */
export function noContract(context: Readonly<Record<string, unknown>>): TesseraError {
  return new TesseraError('chain/no-contract', 'there is no contract at this address', {
    hint: 'The deployment file belongs to another network, or the chain was started anew: point to the right file, or deploy again',
    context,
  })
}

/**
 * The revert data of a call as an error: `context.error` is the custom error's name (or `Error`, `Panic`, `unknown`, `none`),
 * `context.args` its arguments.
 */
export function revertError(
  call: string,
  data: Hex | undefined,
  context: Readonly<Record<string, unknown>> = {},
): TesseraError {
  const { name, args } = decodeRevert(data)
  const shown = args.map(shownArgument).join(', ')
  return new TesseraError('chain/revert', `${call} reverted with ${name}(${shown.slice(0, MAX_FOREIGN_TEXT)})`, {
    hint: hintOfRevert(name),
    context: { ...context, call, error: name, args },
  })
}

/** A bytes32 that is short text, such as the field in `RunParamInvalid`, as that text; anything else as it is. */
function shownArgument(value: unknown): string {
  if (!isHex(value) || value.length !== 66) return String(value)
  const text = hexToString(value, { size: 32 })
  return /^[ -~]+$/.test(text) ? text : value
}

/** The hex data of a revert inside a failed request, `0x` when there was none, undefined when it is no revert at all. */
export function revertData(error: unknown): Hex | undefined {
  const rpc = find(error, RpcRequestError)
  if (rpc === undefined) return undefined
  const data = typeof rpc.data === 'object' && rpc.data !== null && 'data' in rpc.data ? rpc.data.data : rpc.data
  if (typeof data === 'string' && /^0x([0-9a-fA-F]{2})*$/.test(data)) return data as Hex
  // 3 is the code for a revert; some servers give neither it nor data, only the words.
  return rpc.code === 3 || /revert/i.test(rpc.details) ? '0x' : undefined
}

/** The JSON-RPC error inside a failed request; its message is lower case and cut. */
export function rpcRefusal(error: unknown): { code: number; message: string } | undefined {
  const rpc = find(error, RpcRequestError)
  if (typeof rpc?.code !== 'number') return undefined
  return { code: rpc.code, message: String(rpc.details).slice(0, MAX_FOREIGN_TEXT).toLowerCase() }
}

/** Whatever a request threw, as one of our errors. An abort's reason is passed on as it is. */
export function requestError(method: string, error: unknown, signal?: AbortSignal): unknown {
  if (error instanceof TesseraError) return error
  if (signal?.aborted) return signal.reason
  const context = { method }
  if (find(error, TimeoutError)) return unreachable('did not answer in time', context, error, true)
  if (find(error, ResponseBodyTooLargeError))
    return badResponse('it is too large', { ...context, tooLarge: true }, error)
  const refusal = rpcRefusal(error)
  if (refusal !== undefined)
    return new TesseraError('chain/rpc-error', `the RPC server refused ${method}: ${refusal.message}`, {
      retryable: RETRYABLE_RPC_CODES.has(refusal.code),
      hint: "The words are the RPC server's; its documentation or log says more",
      context: { ...context, rpcCode: refusal.code },
      cause: error,
    })
  const http = find(error, HttpRequestError)
  if (http?.status !== undefined && (http.status < 200 || http.status > 299)) {
    const retryable = http.status >= 500 || RETRYABLE_STATUS.has(http.status)
    return unreachable(
      `answered with HTTP status ${http.status}`,
      { ...context, status: http.status },
      error,
      retryable,
    )
  }
  // Undici throws a TypeError when it could not fetch; everything else arrived and made no sense.
  if (http?.cause instanceof TypeError) return unreachable('cannot be reached', context, error, true)
  return badResponse('it is not JSON-RPC', context, error)
}

function unreachable(
  how: string,
  context: Readonly<Record<string, unknown>>,
  cause: unknown,
  retryable: boolean,
): TesseraError {
  return new TesseraError('chain/unreachable', `the RPC server ${how}`, {
    retryable,
    hint: 'Check the RPC URL and that the chain is running',
    context,
    cause,
  })
}

function decodeRevert(data: Hex | undefined): { name: string; args: readonly unknown[] } {
  if (data === undefined || data === '0x') return { name: 'none', args: [] }
  try {
    const { errorName, args } = decodeErrorResult({ abi: contractErrors, data })
    return { name: errorName, args: args ?? [] }
  } catch {
    // Not one of our contracts' errors, or cut short: the selector is all that can be said.
    return { name: 'unknown', args: [data.slice(0, 10)] }
  }
}

function find<T extends Error>(error: unknown, kind: abstract new (...args: never[]) => T): T | undefined {
  if (!(error instanceof BaseError)) return undefined
  const found = error.walk((cause) => cause instanceof kind)
  return found instanceof kind ? found : undefined
}
