// Sends tokens.

import type { Address } from 'viem'
import type { Deployment } from '../addresses.ts'
import { tokenAbi } from '../generated/token.ts'
import { contractRequest, type TransactionRequest } from '../request.ts'

export function transfer(
  deployment: Deployment,
  parameters: {
    readonly to: Address
    /** Wei. */
    readonly amount: bigint
  },
): TransactionRequest {
  return contractRequest({
    to: deployment.token,
    abi: tokenAbi,
    functionName: 'transfer',
    args: [parameters.to, parameters.amount],
  })
}
