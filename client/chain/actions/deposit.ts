// Adds to an operator's pool of stake, from the sender's tokens and for shares of the sender. Needs an allowance for the stake vault.

import type { Address } from 'viem'
import type { Deployment } from '../addresses.ts'
import { stakeVaultAbi } from '../generated/stakeVault.ts'
import { contractRequest, type TransactionRequest } from '../request.ts'

export function deposit(
  deployment: Deployment,
  parameters: {
    readonly operator: Address
    /** Wei. */
    readonly amount: bigint
  },
): TransactionRequest {
  return contractRequest({
    to: deployment.stakeVault,
    abi: stakeVaultAbi,
    functionName: 'deposit',
    args: [parameters.operator, parameters.amount],
  })
}
