// Closes the commit phase of an epoch's scores, once its deadline has passed or all have committed. By anyone; reverts with
// `EpochNotDue` when there is nothing to do.

import type { Deployment } from '../addresses.ts'
import { runCoordinatorAbi } from '../generated/runCoordinator.ts'
import { contractRequest, type TransactionRequest } from '../request.ts'

export function advanceEpoch(
  deployment: Deployment,
  parameters: { readonly run: bigint; readonly epoch: bigint },
): TransactionRequest {
  return contractRequest({
    to: deployment.runCoordinator,
    abi: runCoordinatorAbi,
    functionName: 'advanceEpoch',
    args: [parameters.run, parameters.epoch],
  })
}
