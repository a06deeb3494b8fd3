// Mints what the votes of a past period gave to a run, and grants it to the run; anyone may.
import type { Address } from 'viem'
import type { Deployment } from '../addresses.ts'
import { emissionAbi } from '../generated/emission.ts'
import { contractRequest, type TransactionRequest } from '../request.ts'

export function payEmission(
  deployment: Deployment,
  parameters: { readonly period: bigint; readonly manager: Address; readonly run: bigint },
): TransactionRequest {
  return contractRequest({
    to: deployment.emission,
    abi: emissionAbi,
    functionName: 'pay',
    args: [parameters.period, parameters.manager, parameters.run],
  })
}
