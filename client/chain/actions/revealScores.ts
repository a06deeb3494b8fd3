// Opens the commitment to an epoch's scores. By the validator that committed, or its delegate.

import type { Hex } from 'viem'
import type { Deployment } from '../addresses.ts'
import { runCoordinatorAbi } from '../generated/runCoordinator.ts'
import { contractRequest, SPARE_GAS_OF_PHASE_END, type TransactionRequest } from '../request.ts'

export function revealScores(
  deployment: Deployment,
  parameters: {
    readonly run: bigint
    readonly epoch: bigint
    /** Two bytes, big-endian, for each of the run's miner slots. */
    readonly scores: Hex
    /** sha2-256 digest of the receipts' CID, and their bytes. */
    readonly receiptsDigest: Hex
    readonly receiptsSize: bigint
    readonly salt: Hex
  },
): TransactionRequest {
  return contractRequest({
    to: deployment.runCoordinator,
    abi: runCoordinatorAbi,
    functionName: 'revealScores',
    args: [
      parameters.run,
      parameters.epoch,
      parameters.scores,
      parameters.receiptsDigest,
      parameters.receiptsSize,
      parameters.salt,
    ],
    spareGas: SPARE_GAS_OF_PHASE_END,
  })
}
