// Leaves a run: no part in rounds that open from now on. By an operator's own key.

import type { Role } from '@tessera/protocol/events'
import type { Deployment } from '../addresses.ts'
import { roleIndex } from '../enums.ts'
import { runCoordinatorAbi } from '../generated/runCoordinator.ts'
import { contractRequest, type TransactionRequest } from '../request.ts'

export function leave(
  deployment: Deployment,
  parameters: { readonly run: bigint; readonly role: Role },
): TransactionRequest {
  return contractRequest({
    to: deployment.runCoordinator,
    abi: runCoordinatorAbi,
    functionName: 'leave',
    args: [parameters.run, roleIndex(parameters.role)],
  })
}
