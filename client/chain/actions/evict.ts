// Makes a member leave whose stake does not cover its locks any more, since holders of its pool want theirs back. By anyone.

import type { Role } from '@tessera/protocol/events'
import type { Deployment } from '../addresses.ts'
import { roleIndex } from '../enums.ts'
import { runCoordinatorAbi } from '../generated/runCoordinator.ts'
import { contractRequest, type TransactionRequest } from '../request.ts'

export function evict(
  deployment: Deployment,
  parameters: { readonly run: bigint; readonly role: Role; readonly slot: number },
): TransactionRequest {
  return contractRequest({
    to: deployment.runCoordinator,
    abi: runCoordinatorAbi,
    functionName: 'evict',
    args: [parameters.run, roleIndex(parameters.role), parameters.slot],
  })
}
