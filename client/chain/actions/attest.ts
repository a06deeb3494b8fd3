// Attests a leader's proposal. By the validator in the slot or its delegate.

import type { Hex } from 'viem'
import type { Deployment } from '../addresses.ts'
import { runCoordinatorAbi } from '../generated/runCoordinator.ts'
import { contractRequest, type TransactionRequest } from '../request.ts'

export function attest(
  deployment: Deployment,
  parameters: {
    readonly run: bigint
    readonly round: bigint
    readonly slot: number
    /** As `proposalHash` gives it: a vote counts for nothing else. */
    readonly proposal: Hex
    /** Whether the root is right, but the model measured as worse than the present one. */
    readonly worse: boolean
  },
): TransactionRequest {
  return contractRequest({
    to: deployment.runCoordinator,
    abi: runCoordinatorAbi,
    functionName: 'attest',
    args: [parameters.run, parameters.round, parameters.slot, parameters.proposal, parameters.worse],
  })
}
