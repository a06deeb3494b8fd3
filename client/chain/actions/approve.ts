// Lets a contract take tokens of the sender, the deployment's or others.

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
    /** Any ERC-20; the deployment's token if not given. */
    readonly token?: Address
  },
): TransactionRequest {
  return contractRequest({
    to: parameters.token ?? deployment.token,
    abi: tokenAbi,
    functionName: 'approve',
    args: [parameters.spender, parameters.amount],
  })
}
