// Refuses a leader's proposal: its root is wrong, or nobody can tell. By the validator in the slot or its delegate.

import type { Hex } from 'viem'
import type { Deployment } from '../addresses.ts'
import { runCoordinatorAbi } from '../generated/runCoordinator.ts'
import { contractRequest, type TransactionRequest } from '../request.ts'

export function refuse(
  deployment: Deployment,
  parameters: {
    readonly run: bigint
    readonly round: bigint
    readonly slot: number
    /** As `proposalHash` gives it: a vote counts for nothing else. */
    readonly proposal: Hex
  },
): TransactionRequest {
  return contractRequest({
    to: deployment.runCoordinator,
    abi: runCoordinatorAbi,
    functionName: 'refuse',
    args: [parameters.run, parameters.round, parameters.slot, parameters.proposal],
  })
}
