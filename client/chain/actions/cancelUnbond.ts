// Makes the shares of one of the sender's tickets active again, ready or not.

import type { Address } from 'viem'
import type { Deployment } from '../addresses.ts'
import { stakeVaultAbi } from '../generated/stakeVault.ts'
import { contractRequest, type TransactionRequest } from '../request.ts'

export function cancelUnbond(
  deployment: Deployment,
  parameters: { readonly operator: Address; readonly ticket: bigint },
): TransactionRequest {
  return contractRequest({
    to: deployment.stakeVault,
    abi: stakeVaultAbi,
    functionName: 'cancelUnbond',
    args: [parameters.operator, parameters.ticket],
  })
}
