// Lets a coordinator lock the sender's stake, or ends that. Danger: an allowed manager can slash what it locks.

import type { Address } from 'viem'
import type { Deployment } from '../addresses.ts'
import { stakeVaultAbi } from '../generated/stakeVault.ts'
import { contractRequest, type TransactionRequest } from '../request.ts'

export function allowManager(
  deployment: Deployment,
  parameters: { readonly manager: Address; readonly allowed: boolean },
): TransactionRequest {
  return contractRequest({
    to: deployment.stakeVault,
    abi: stakeVaultAbi,
    functionName: 'allowManager',
    args: [parameters.manager, parameters.allowed],
  })
}
