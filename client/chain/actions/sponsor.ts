// Sponsors the epochs of a run from the next that opens, in any ERC-20. Needs an allowance for the reward escrow, in that token.
import type { Address } from 'viem'
import type { Deployment } from '../addresses.ts'
import { rewardEscrowAbi } from '../generated/rewardEscrow.ts'
import { contractRequest, type TransactionRequest } from '../request.ts'

export function sponsor(
  deployment: Deployment,
  parameters: {
    readonly manager: Address
    readonly run: bigint
    readonly token: Address
    /** In the token's own units, as the next. */
    readonly amount: bigint
    readonly perEpoch: bigint
  },
): TransactionRequest {
  return contractRequest({
    to: deployment.rewardEscrow,
    abi: rewardEscrowAbi,
    functionName: 'sponsor',
    args: [parameters.manager, parameters.run, parameters.token, parameters.amount, parameters.perEpoch],
  })
}
