// Gives tokens of the sender to a run of this deployment's coordinator. Needs an allowance for the reward vault.

import type { Deployment } from '../addresses.ts'
import { rewardVaultAbi } from '../generated/rewardVault.ts'
import { contractRequest, type TransactionRequest } from '../request.ts'

export function fund(
  deployment: Deployment,
  parameters: {
    readonly run: bigint
    /** Wei. */
    readonly amount: bigint
  },
): TransactionRequest {
  return contractRequest({
    to: deployment.rewardVault,
    abi: rewardVaultAbi,
    functionName: 'fund',
    args: [deployment.runCoordinator, parameters.run, parameters.amount],
  })
}
