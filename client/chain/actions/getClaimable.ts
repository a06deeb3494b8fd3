// Reads what a claim would pay now, in units of the source's token, if no epoch is named twice.

import type { Chain } from '../clients.ts'
import { rewardEscrowAbi } from '../generated/rewardEscrow.ts'
import { type ReadOptions, readContract } from '../rpc.ts'
import type { RewardClaim } from './claimRewards.ts'

export async function getClaimable(chain: Chain, parameters: RewardClaim, options: ReadOptions = {}): Promise<bigint> {
  return readContract(
    chain,
    {
      address: chain.deployment.rewardEscrow,
      abi: rewardEscrowAbi,
      functionName: 'claimable',
      args: [parameters],
    },
    options,
  )
}
