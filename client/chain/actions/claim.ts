// Sends an operator's whole credit to its payout address. By anyone, for anyone.

import type { Address } from 'viem'
import type { Deployment } from '../addresses.ts'
import { rewardVaultAbi } from '../generated/rewardVault.ts'
import { contractRequest, type TransactionRequest } from '../request.ts'

export function claim(deployment: Deployment, parameters: { readonly operator: Address }): TransactionRequest {
  return contractRequest({
    to: deployment.rewardVault,
    abi: rewardVaultAbi,
    functionName: 'claim',
    args: [parameters.operator],
  })
}
