// Opens the commitment of a round: the contribution's root, its blob and the salt. By the miner in the slot or its delegate.

import type { Hex } from 'viem'
import type { Deployment } from '../addresses.ts'
import { runCoordinatorAbi } from '../generated/runCoordinator.ts'
import { contractRequest, type TransactionRequest } from '../request.ts'

export function reveal(
  deployment: Deployment,
  parameters: {
    readonly run: bigint
    readonly round: bigint
    readonly slot: number
    readonly contributionRoot: Hex
    /** sha2-256 digest of the blob's CID. */
    readonly digest: Hex
    /** Bytes of the blob. */
    readonly size: bigint
    readonly salt: Hex
  },
): TransactionRequest {
  const { run, round, slot, contributionRoot, digest, size, salt } = parameters
  return contractRequest({
    to: deployment.runCoordinator,
    abi: runCoordinatorAbi,
    functionName: 'reveal',
    args: [run, round, slot, { contributionRoot, digest, size, salt }],
  })
}
