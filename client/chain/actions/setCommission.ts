// Sets the part of its rewards that the sender keeps before its holders share the rest. Counts after a delay.

import type { Deployment } from '../addresses.ts'
import { stakeVaultAbi } from '../generated/stakeVault.ts'
import { contractRequest, type TransactionRequest } from '../request.ts'

export function setCommission(
  deployment: Deployment,
  parameters: {
    /** In 1/10 000. */
    readonly bps: number
  },
): TransactionRequest {
  return contractRequest({
    to: deployment.stakeVault,
    abi: stakeVaultAbi,
    functionName: 'setCommission',
    args: [parameters.bps],
  })
}
