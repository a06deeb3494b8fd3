// Joins a run as a miner with the stake that the run asks for. By an operator's own key.

import type { Deployment } from '../addresses.ts'
import { runCoordinatorAbi } from '../generated/runCoordinator.ts'
import { contractRequest, type TransactionRequest } from '../request.ts'

export function joinAsMiner(deployment: Deployment, parameters: { readonly run: bigint }): TransactionRequest {
  return contractRequest({
    to: deployment.runCoordinator,
    abi: runCoordinatorAbi,
    functionName: 'joinAsMiner',
    args: [parameters.run],
  })
}
