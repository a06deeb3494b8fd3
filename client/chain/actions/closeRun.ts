// Returns a run's deposit: of one that has ended, by anyone; of one that is idle and empty, by its owner, which ends it.

import type { Deployment } from '../addresses.ts'
import { runCoordinatorAbi } from '../generated/runCoordinator.ts'
import { contractRequest, type TransactionRequest } from '../request.ts'

export function closeRun(deployment: Deployment, parameters: { readonly run: bigint }): TransactionRequest {
  return contractRequest({
    to: deployment.runCoordinator,
    abi: runCoordinatorAbi,
    functionName: 'closeRun',
    args: [parameters.run],
  })
}
