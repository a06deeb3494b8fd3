// Refuses an attempt: its proposal is wrong, or it came too late.

import type { Deployment } from '../addresses.ts'
import { runCoordinatorAbi } from '../generated/runCoordinator.ts'
import { contractRequest, SPARE_GAS_OF_PHASE_END, type TransactionRequest } from '../request.ts'

export function refuse(
  deployment: Deployment,
  parameters: {
    readonly run: bigint
    readonly round: bigint
    /** The leader's ordinal, from 1. */
    readonly attempt: number
  },
): TransactionRequest {
  return contractRequest({
    to: deployment.runCoordinator,
    abi: runCoordinatorAbi,
    functionName: 'refuse',
    args: [parameters.run, parameters.round, parameters.attempt],
    spareGas: SPARE_GAS_OF_PHASE_END,
  })
}
