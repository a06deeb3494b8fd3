// Frees what has cooled since a coordinator released it. By anyone, for anyone.

import type { Address } from 'viem'
import type { Deployment } from '../addresses.ts'
import { stakeVaultAbi } from '../generated/stakeVault.ts'
import { contractRequest, type TransactionRequest } from '../request.ts'

export function thaw(
  deployment: Deployment,
  parameters: { readonly operator: Address; readonly manager: Address },
): TransactionRequest {
  return contractRequest({
    to: deployment.stakeVault,
    abi: stakeVaultAbi,
    functionName: 'thaw',
    args: [parameters.operator, parameters.manager],
  })
}
