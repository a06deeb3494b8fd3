// Gives tokens of the sender to a run, for ever. Needs an allowance for the reward escrow.
import type { Address } from 'viem'
import type { Deployment } from '../addresses.ts'
import { rewardEscrowAbi } from '../generated/rewardEscrow.ts'
import { contractRequest, type TransactionRequest } from '../request.ts'

export function grant(
  deployment: Deployment,
  parameters: {
    readonly manager: Address
    readonly run: bigint
    /** Wei. */
    readonly amount: bigint
  },
): TransactionRequest {
  return contractRequest({
    to: deployment.rewardEscrow,
    abi: rewardEscrowAbi,
    functionName: 'grant',
    args: [parameters.manager, parameters.run, parameters.amount],
  })
}
