// Proposes the included contributions and the next root, as the leader of an attempt. Counts as its attestation.

import type { Hex } from 'viem'
import type { Deployment } from '../addresses.ts'
import { runCoordinatorAbi } from '../generated/runCoordinator.ts'
import { contractRequest, type TransactionRequest } from '../request.ts'

export function propose(
  deployment: Deployment,
  parameters: {
    readonly run: bigint
    readonly round: bigint
    /** The leader's ordinal, from 1. */
    readonly attempt: number
    /** Bitmap of miner slots. */
    readonly included: bigint
    readonly nextRoot: Hex
    /** Whether the leader measured the proposed model as worse than the present one. */
    readonly worse: boolean
  },
): TransactionRequest {
  return contractRequest({
    to: deployment.runCoordinator,
    abi: runCoordinatorAbi,
    functionName: 'propose',
    args: [
      parameters.run,
      parameters.round,
      parameters.attempt,
      parameters.included,
      parameters.nextRoot,
      parameters.worse,
    ],
  })
}
