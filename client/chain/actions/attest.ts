// Attests a leader's proposal, which is repeated so that no other can be attested by mistake.

import type { Hex } from 'viem'
import type { Deployment } from '../addresses.ts'
import { runCoordinatorAbi } from '../generated/runCoordinator.ts'
import { contractRequest, SPARE_GAS_OF_PHASE_END, type TransactionRequest } from '../request.ts'

export function attest(
  deployment: Deployment,
  parameters: {
    readonly run: bigint
    readonly round: bigint
    /** The leader's ordinal, from 1. */
    readonly attempt: number
    /** Bitmap of miner slots. */
    readonly included: bigint
    readonly nextRoot: Hex
  },
): TransactionRequest {
  return contractRequest({
    to: deployment.runCoordinator,
    abi: runCoordinatorAbi,
    functionName: 'attest',
    args: [parameters.run, parameters.round, parameters.attempt, parameters.included, parameters.nextRoot],
    spareGas: SPARE_GAS_OF_PHASE_END,
  })
}
