// Commits to the scores of an epoch (contracts/README.md, section 8). By the validator in the slot or its delegate.

import type { Hex } from 'viem'
import type { Deployment } from '../addresses.ts'
import { runCoordinatorAbi } from '../generated/runCoordinator.ts'
import { contractRequest, type TransactionRequest } from '../request.ts'

export function commitScores(
  deployment: Deployment,
  parameters: { readonly run: bigint; readonly epoch: bigint; readonly slot: number; readonly commitment: Hex },
): TransactionRequest {
  return contractRequest({
    to: deployment.runCoordinator,
    abi: runCoordinatorAbi,
    functionName: 'commitScores',
    args: [parameters.run, parameters.epoch, parameters.slot, parameters.commitment],
  })
}
