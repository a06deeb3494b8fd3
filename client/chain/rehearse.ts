// Tries transactions before anyone signs them: whether they would pass, and what they may cost. Sends nothing.

import { isTesseraError } from '@tessera/protocol/errors'
import type { Address } from 'viem'
import type { Chain } from './clients.ts'
import { badResponse, revertError } from './errors.ts'
import { freshFees } from './fees.ts'
import { gasLimitOf, type TransactionRequest } from './request.ts'
import { call, estimateGas, getHead, simulateCalls } from './rpc.ts'

export interface Rehearsal {
  /** The requests with their gas limits, which the sender then keeps to. */
  readonly requests: readonly (TransactionRequest & { readonly gas: bigint })[]
  /** How many of them were tried, from the first on: a server may lack the means to try one on what another leaves. */
  readonly tried: number
  /** What they would take at the present fees, in wei. */
  readonly likelyCost: bigint
  /** What the sender must not exceed, in wei per gas: the base fee may double before it is sent, and again while it waits. */
  readonly maxFeePerGas: bigint
  /** All gas limits at that fee, in wei. */
  readonly maxCost: bigint
}

/** Limit of a call that could not be tried and brings none: a deposit takes a third of it. */
const UNTRIED_GAS = 500_000n
const GWEI = 10n ** 9n
/** Method not found, and method not supported (EIP-1474). */
const NO_METHOD = new Set<unknown>([-32_601, -32_004])

/**
 * Tries requests that are to be sent one after the other.
 * @throws `chain/revert` for the first that would fail, and the errors of a request
 */
export async function rehearse(
  chain: Chain,
  parameters: { readonly from: Address; readonly requests: readonly TransactionRequest[] },
  signal?: AbortSignal,
): Promise<Rehearsal> {
  const { requests } = parameters
  const used = await gasOf(chain, parameters, signal)
  const { baseFeePerGas } = await getHead(chain, signal)
  const maxFeePerGas = 2n * freshFees(baseFeePerGas, GWEI).maxFeePerGas
  const limited = requests.map((request, at) => {
    const estimate = used[at]
    return { ...request, gas: estimate === undefined ? untriedGas(request) : gasLimitOf(request, estimate) }
  })
  const sum = (values: readonly bigint[]): bigint => values.reduce((total, value) => total + value, 0n)
  return {
    requests: limited,
    tried: used.length,
    likelyCost: sum(requests.map((request, at) => used[at] ?? untriedGas(request))) * (baseFeePerGas + GWEI),
    maxFeePerGas,
    maxCost: sum(limited.map(({ gas }) => gas)) * maxFeePerGas,
  }
}

function untriedGas({ gas = UNTRIED_GAS }: TransactionRequest): bigint {
  return gas
}

/** Gas of each request, as far as they can be tried. */
async function gasOf(
  chain: Chain,
  { from, requests }: { readonly from: Address; readonly requests: readonly TransactionRequest[] },
  signal: AbortSignal | undefined,
): Promise<readonly bigint[]> {
  const calls = requests.map((request) => ({ ...request, from }))
  const [first, ...later] = calls
  if (first === undefined) return []
  // Not every server gives the revert's data with a failed estimate, so the call comes first.
  await call(chain, first, { signal })
  const estimate = await estimateGas(chain, first, signal)
  if (later.length === 0) return [estimate]
  try {
    const simulated = await simulateCalls(chain, calls, signal)
    return calls.map(({ name }, at) => {
      const outcome = simulated[at]
      if (outcome === undefined) throw badResponse('a simulation without one of its calls')
      if (!outcome.success) throw revertError(name, outcome.returnData)
      return outcome.gasUsed
    })
  } catch (error) {
    if (isTesseraError(error, 'chain/rpc-error') && NO_METHOD.has(error.context.rpcCode)) return [estimate]
    throw error
  }
}
