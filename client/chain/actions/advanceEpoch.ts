// Closes a score phase of an epoch whose deadline has passed. By anyone; reverts with `EpochNotDue` when there is nothing to do.

import type { Deployment } from '../addresses.ts'
import { runCoordinatorAbi } from '../generated/runCoordinator.ts'
import { contractRequest, SPARE_GAS_OF_PHASE_END, type TransactionRequest } from '../request.ts'

export function advanceEpoch(
  deployment: Deployment,
  parameters: { readonly run: bigint; readonly epoch: bigint },
): TransactionRequest {
  return contractRequest({
    to: deployment.runCoordinator,
    abi: runCoordinatorAbi,
    functionName: 'advanceEpoch',
    args: [parameters.run, parameters.epoch],
    spareGas: SPARE_GAS_OF_PHASE_END,
  })
}
