// Pays one of the sender's tickets out, once its delay has passed and managers could not slash it.

import type { Address } from 'viem'
import type { Deployment } from '../addresses.ts'
import { stakeVaultAbi } from '../generated/stakeVault.ts'
import { contractRequest, type TransactionRequest } from '../request.ts'

export function completeUnbond(
  deployment: Deployment,
  parameters: { readonly operator: Address; readonly ticket: bigint; readonly to: Address },
): TransactionRequest {
  return contractRequest({
    to: deployment.stakeVault,
    abi: stakeVaultAbi,
    functionName: 'completeUnbond',
    args: [parameters.operator, parameters.ticket, parameters.to],
  })
}
