// Adds to the budget of a sponsorship, the sender's or another's. Needs an allowance for the reward escrow, in its token.
import type { Address } from 'viem'
import type { Deployment } from '../addresses.ts'
import { rewardEscrowAbi } from '../generated/rewardEscrow.ts'
import { contractRequest, type TransactionRequest } from '../request.ts'

export function topUpSponsorship(
  deployment: Deployment,
  parameters: {
    readonly manager: Address
    readonly run: bigint
    readonly source: bigint
    /** In the token's own units. */
    readonly amount: bigint
  },
): TransactionRequest {
  return contractRequest({
    to: deployment.rewardEscrow,
    abi: rewardEscrowAbi,
    functionName: 'topUp',
    args: [parameters.manager, parameters.run, parameters.source, parameters.amount],
  })
}
