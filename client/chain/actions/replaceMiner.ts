// Joins a full run in the place of its least useful miner, and gets the slot once that one is released. By an operator's own key.

import type { Deployment } from '../addresses.ts'
import { runCoordinatorAbi } from '../generated/runCoordinator.ts'
import { contractRequest, type TransactionRequest } from '../request.ts'

export function replaceMiner(
  deployment: Deployment,
  parameters: {
    readonly run: bigint
    /** Of the least useful miner that stays and is past its protection: `replaceableSlot` finds it. */
    readonly slot: number
  },
): TransactionRequest {
  return contractRequest({
    to: deployment.runCoordinator,
    abi: runCoordinatorAbi,
    functionName: 'replaceMiner',
    args: [parameters.run, parameters.slot],
  })
}
