// Lets a contract take tokens of the sender.

import type { Address } from 'viem'
import type { Deployment } from '../addresses.ts'
import { tokenAbi } from '../generated/token.ts'
import { contractRequest, type TransactionRequest } from '../request.ts'

export function approve(
  deployment: Deployment,
  parameters: {
    readonly spender: Address
    /** Wei. */
    readonly amount: bigint
  },
): TransactionRequest {
  return contractRequest({
    to: deployment.token,
    abi: tokenAbi,
    functionName: 'approve',
    args: [parameters.spender, parameters.amount],
  })
}
