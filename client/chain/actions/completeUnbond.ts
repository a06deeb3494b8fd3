// Pays the sender's unbonded stake out, once its delay has passed.

import type { Address } from 'viem'
import type { Deployment } from '../addresses.ts'
import { stakeVaultAbi } from '../generated/stakeVault.ts'
import { contractRequest, type TransactionRequest } from '../request.ts'

export function completeUnbond(deployment: Deployment, parameters: { readonly to: Address }): TransactionRequest {
  return contractRequest({
    to: deployment.stakeVault,
    abi: stakeVaultAbi,
    functionName: 'completeUnbond',
    args: [parameters.to],
  })
}
