// Starts to unbond free stake of the sender. Restarts the clock of what already unbonds.

import type { Deployment } from '../addresses.ts'
import { stakeVaultAbi } from '../generated/stakeVault.ts'
import { contractRequest, type TransactionRequest } from '../request.ts'

export function requestUnbond(
  deployment: Deployment,
  parameters: {
    /** Wei. */
    readonly amount: bigint
  },
): TransactionRequest {
  return contractRequest({
    to: deployment.stakeVault,
    abi: stakeVaultAbi,
    functionName: 'requestUnbond',
    args: [parameters.amount],
  })
}
