// Commits to a contribution of a round (contracts/README.md, section 4). By the miner in the slot or its delegate.

import type { Hex } from 'viem'
import type { Deployment } from '../addresses.ts'
import { runCoordinatorAbi } from '../generated/runCoordinator.ts'
import { contractRequest, type TransactionRequest } from '../request.ts'

export function commit(
  deployment: Deployment,
  parameters: { readonly run: bigint; readonly round: bigint; readonly slot: number; readonly commitment: Hex },
): TransactionRequest {
  return contractRequest({
    to: deployment.runCoordinator,
    abi: runCoordinatorAbi,
    functionName: 'commit',
    args: [parameters.run, parameters.round, parameters.slot, parameters.commitment],
  })
}
