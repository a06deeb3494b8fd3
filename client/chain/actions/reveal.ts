// Opens the commitment of a round: the contribution's root, its blob and the salt. By the miner that committed, or its delegate.

import type { Hex } from 'viem'
import type { Deployment } from '../addresses.ts'
import { runCoordinatorAbi } from '../generated/runCoordinator.ts'
import { contractRequest, SPARE_GAS_OF_PHASE_END, type TransactionRequest } from '../request.ts'

export function reveal(
  deployment: Deployment,
  parameters: {
    readonly run: bigint
    readonly round: bigint
    readonly contributionRoot: Hex
    /** sha2-256 digest of the blob's CID. */
    readonly digest: Hex
    /** Bytes of the blob. */
    readonly size: bigint
    readonly salt: Hex
  },
): TransactionRequest {
  return contractRequest({
    to: deployment.runCoordinator,
    abi: runCoordinatorAbi,
    functionName: 'reveal',
    args: [
      parameters.run,
      parameters.round,
      parameters.contributionRoot,
      parameters.digest,
      parameters.size,
      parameters.salt,
    ],
    spareGas: SPARE_GAS_OF_PHASE_END,
  })
}
