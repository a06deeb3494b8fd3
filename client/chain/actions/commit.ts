// Commits to a contribution of a round (contracts/README.md, section 4). By a miner or its delegate.

import type { Hex } from 'viem'
import type { Deployment } from '../addresses.ts'
import { runCoordinatorAbi } from '../generated/runCoordinator.ts'
import { contractRequest, SPARE_GAS_OF_PHASE_END, type TransactionRequest } from '../request.ts'

export function commit(
  deployment: Deployment,
  parameters: { readonly run: bigint; readonly round: bigint; readonly commitment: Hex },
): TransactionRequest {
  return contractRequest({
    to: deployment.runCoordinator,
    abi: runCoordinatorAbi,
    functionName: 'commit',
    args: [parameters.run, parameters.round, parameters.commitment],
    spareGas: SPARE_GAS_OF_PHASE_END,
  })
}
