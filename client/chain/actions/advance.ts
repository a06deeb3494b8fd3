// Does the one step of a run that is due. By anyone; reverts with `RunNotDue` when there is none.

import type { Deployment } from '../addresses.ts'
import { runCoordinatorAbi } from '../generated/runCoordinator.ts'
import { contractRequest, SPARE_GAS_OF_PHASE_END, type TransactionRequest } from '../request.ts'

export function advance(deployment: Deployment, parameters: { readonly run: bigint }): TransactionRequest {
  return contractRequest({
    to: deployment.runCoordinator,
    abi: runCoordinatorAbi,
    functionName: 'advance',
    args: [parameters.run],
    spareGas: SPARE_GAS_OF_PHASE_END,
  })
}
