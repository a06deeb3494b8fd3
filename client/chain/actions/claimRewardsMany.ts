// Has several sources, holders or runs paid at once. All revert if one does.

import type { Deployment } from '../addresses.ts'
import { rewardEscrowAbi } from '../generated/rewardEscrow.ts'
import { contractRequest, type TransactionRequest } from '../request.ts'
import type { RewardClaim } from './claimRewards.ts'

export function claimRewardsMany(
  deployment: Deployment,
  parameters: { readonly claims: readonly RewardClaim[] },
): TransactionRequest {
  return contractRequest({
    to: deployment.rewardEscrow,
    abi: rewardEscrowAbi,
    functionName: 'claimMany',
    args: [parameters.claims],
  })
}
