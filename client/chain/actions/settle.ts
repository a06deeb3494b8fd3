// Settles an epoch whose scores are revealed, or the next page of it. By anyone.

import type { Hex } from 'viem'
import type { Deployment } from '../addresses.ts'
import { runCoordinatorAbi } from '../generated/runCoordinator.ts'
import { contractRequest, type TransactionRequest } from '../request.ts'

export function settle(
  deployment: Deployment,
  parameters: {
    readonly run: bigint
    readonly epoch: bigint
    /** The revealed scores in ascending order of validator slot, of exactly those that revealed. */
    readonly vectors: readonly Hex[]
    /** The weighted medians of the next miner slots, two bytes each: of all that are left, or of a multiple of eight. */
    readonly medians: Hex
  },
): TransactionRequest {
  return contractRequest({
    to: deployment.runCoordinator,
    abi: runCoordinatorAbi,
    functionName: 'settle',
    args: [parameters.run, parameters.epoch, parameters.vectors, parameters.medians],
  })
}
