// Joins a run as a validator. By an operator's own key.

import type { Deployment } from '../addresses.ts'
import { runCoordinatorAbi } from '../generated/runCoordinator.ts'
import { contractRequest, type TransactionRequest } from '../request.ts'

export function joinAsValidator(
  deployment: Deployment,
  parameters: {
    readonly run: bigint
    /** Wei to lock. */
    readonly stake: bigint
  },
): TransactionRequest {
  return contractRequest({
    to: deployment.runCoordinator,
    abi: runCoordinatorAbi,
    functionName: 'joinAsValidator',
    args: [parameters.run, parameters.stake],
  })
}
