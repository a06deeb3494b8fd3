// Opens the commitment to an epoch's scores. By the validator in the slot or its delegate.

import type { Hex } from 'viem'
import type { Deployment } from '../addresses.ts'
import { runCoordinatorAbi } from '../generated/runCoordinator.ts'
import { contractRequest, type TransactionRequest } from '../request.ts'

export function revealScores(
  deployment: Deployment,
  parameters: {
    readonly run: bigint
    readonly epoch: bigint
    readonly slot: number
    /** Two bytes, big-endian, for each of the run's miner slots. */
    readonly scores: Hex
    /** sha2-256 digest of the receipts' CID, and their bytes. */
    readonly receiptsDigest: Hex
    readonly receiptsSize: bigint
    readonly salt: Hex
  },
): TransactionRequest {
  const { run, epoch, slot, scores, receiptsDigest, receiptsSize, salt } = parameters
  return contractRequest({
    to: deployment.runCoordinator,
    abi: runCoordinatorAbi,
    functionName: 'revealScores',
    args: [run, epoch, slot, scores, { receiptsDigest, receiptsSize, salt }],
  })
}
