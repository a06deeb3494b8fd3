// Takes back what no opened epoch of a sponsorship holds. By its sponsor.
import type { Address } from 'viem'
import type { Deployment } from '../addresses.ts'
import { rewardEscrowAbi } from '../generated/rewardEscrow.ts'
import { contractRequest, type TransactionRequest } from '../request.ts'

export function withdrawSponsorship(
  deployment: Deployment,
  parameters: {
    readonly manager: Address
    readonly run: bigint
    readonly source: bigint
    /** In the token's own units. */
    readonly amount: bigint
    readonly to: Address
  },
): TransactionRequest {
  return contractRequest({
    to: deployment.rewardEscrow,
    abi: rewardEscrowAbi,
    functionName: 'withdraw',
    args: [parameters.manager, parameters.run, parameters.source, parameters.amount, parameters.to],
  })
}
