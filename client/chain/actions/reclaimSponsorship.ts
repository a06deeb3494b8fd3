// Takes back what settled epochs of a sponsorship did not earn. By its sponsor.
import type { Address } from 'viem'
import type { Deployment } from '../addresses.ts'
import { rewardEscrowAbi } from '../generated/rewardEscrow.ts'
import { contractRequest, type TransactionRequest } from '../request.ts'

export function reclaimSponsorship(
  deployment: Deployment,
  parameters: {
    readonly manager: Address
    readonly run: bigint
    readonly source: bigint
    /** How many epochs are looked at, from the first that is not done. */
    readonly most: bigint
    readonly to: Address
  },
): TransactionRequest {
  return contractRequest({
    to: deployment.rewardEscrow,
    abi: rewardEscrowAbi,
    functionName: 'reclaim',
    args: [parameters.manager, parameters.run, parameters.source, parameters.most, parameters.to],
  })
}
