// An action of a member and the step that it makes due, in one transaction. Whoever acts last sends this: `wouldEnd` of the
// protocol says who that is. Both happen or neither does.

import type { Deployment } from '../addresses.ts'
import { runCoordinatorAbi } from '../generated/runCoordinator.ts'
import { contractRequest, SPARE_GAS_OF_PHASE_END, type TransactionRequest } from '../request.ts'
import { advance } from './advance.ts'
import { advanceEpoch } from './advanceEpoch.ts'

/** Keeps the name of the action, for logs and errors. */
export function withAdvance(
  deployment: Deployment,
  request: TransactionRequest,
  parameters: {
    readonly run: bigint
    /** The epoch whose commit phase of scores ends; the run's round if not given. */
    readonly epoch?: bigint
  },
): TransactionRequest {
  const { run, epoch } = parameters
  const step = epoch === undefined ? advance(deployment, { run }) : advanceEpoch(deployment, { run, epoch })
  const both = contractRequest({
    to: deployment.runCoordinator,
    abi: runCoordinatorAbi,
    functionName: 'multicall',
    args: [[request.data, step.data]],
    spareGas: SPARE_GAS_OF_PHASE_END,
  })
  return { ...both, name: request.name }
}
