// Gives a member that left its stake back, or its heir the slot, once its last epoch is settled. By anyone.

import type { Role } from '@tessera/protocol/events'
import type { Deployment } from '../addresses.ts'
import { roleIndex } from '../enums.ts'
import { runCoordinatorAbi } from '../generated/runCoordinator.ts'
import { contractRequest, type TransactionRequest } from '../request.ts'

export function release(
  deployment: Deployment,
  parameters: { readonly run: bigint; readonly role: Role; readonly slot: number },
): TransactionRequest {
  return contractRequest({
    to: deployment.runCoordinator,
    abi: runCoordinatorAbi,
    functionName: 'release',
    args: [parameters.run, roleIndex(parameters.role), parameters.slot],
  })
}
