// Starts to unbond shares that the sender holds of an operator's pool. They get a ticket of their own, with its own delay.

import type { Address } from 'viem'
import type { Deployment } from '../addresses.ts'
import { stakeVaultAbi } from '../generated/stakeVault.ts'
import { contractRequest, type TransactionRequest } from '../request.ts'

export function requestUnbond(
  deployment: Deployment,
  parameters: {
    readonly operator: Address
    /** `sharesWorth` finds them for an amount. */
    readonly shares: bigint
  },
): TransactionRequest {
  return contractRequest({
    to: deployment.stakeVault,
    abi: stakeVaultAbi,
    functionName: 'requestUnbond',
    args: [parameters.operator, parameters.shares],
  })
}
