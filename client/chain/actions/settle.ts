// Pays an epoch whose scores are revealed. By anyone.

import type { Hex } from 'viem'
import type { Deployment } from '../addresses.ts'
import { runCoordinatorAbi } from '../generated/runCoordinator.ts'
import { contractRequest, SPARE_GAS_OF_PHASE_END, type TransactionRequest } from '../request.ts'

export function settle(
  deployment: Deployment,
  parameters: {
    readonly run: bigint
    readonly epoch: bigint
    /** The revealed scores in ascending order of validator slot, of exactly those that revealed. */
    readonly vectors: readonly Hex[]
    /** The weighted median of each miner slot, two bytes each. */
    readonly medians: Hex
  },
): TransactionRequest {
  return contractRequest({
    to: deployment.runCoordinator,
    abi: runCoordinatorAbi,
    functionName: 'settle',
    args: [parameters.run, parameters.epoch, parameters.vectors, parameters.medians],
    spareGas: SPARE_GAS_OF_PHASE_END,
  })
}
