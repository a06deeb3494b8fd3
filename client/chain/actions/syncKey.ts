// Lets the operator's present delegate act in the slot, and nobody else. By anyone; needed only to shut out a former delegate sooner
// than the new one acts.
// @testonly as long as no program does it for its operator.

import type { Role } from '@tessera/protocol/events'
import type { Deployment } from '../addresses.ts'
import { roleIndex } from '../enums.ts'
import { runCoordinatorAbi } from '../generated/runCoordinator.ts'
import { contractRequest, type TransactionRequest } from '../request.ts'

export function syncKey(
  deployment: Deployment,
  parameters: { readonly run: bigint; readonly role: Role; readonly slot: number },
): TransactionRequest {
  return contractRequest({
    to: deployment.runCoordinator,
    abi: runCoordinatorAbi,
    functionName: 'syncKey',
    args: [parameters.run, roleIndex(parameters.role), parameters.slot],
  })
}
