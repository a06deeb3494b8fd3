// Commits to the scores of an epoch (contracts/README.md, section 8). By a validator or its delegate.

import type { Hex } from 'viem'
import type { Deployment } from '../addresses.ts'
import { runCoordinatorAbi } from '../generated/runCoordinator.ts'
import { contractRequest, SPARE_GAS_OF_PHASE_END, type TransactionRequest } from '../request.ts'

export function commitScores(
  deployment: Deployment,
  parameters: { readonly run: bigint; readonly epoch: bigint; readonly commitment: Hex },
): TransactionRequest {
  return contractRequest({
    to: deployment.runCoordinator,
    abi: runCoordinatorAbi,
    functionName: 'commitScores',
    args: [parameters.run, parameters.epoch, parameters.commitment],
    spareGas: SPARE_GAS_OF_PHASE_END,
  })
}
