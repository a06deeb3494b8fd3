// Reads which epoch of a run opens next in the reward escrow, and what there is for it.

import type { Address } from 'viem'
import type { Chain } from '../clients.ts'
import { rewardEscrowAbi } from '../generated/rewardEscrow.ts'
import { type ReadOptions, readContract } from '../rpc.ts'

export interface NextEpoch {
  readonly epoch: bigint
  /** Wei of the deployment's token that no epoch holds. */
  readonly granted: bigint
  /** How many sponsorships would pay it. */
  readonly sponsorships: bigint
}

export async function getNextEpoch(
  chain: Chain,
  parameters: { readonly manager: Address; readonly run: bigint },
  options: ReadOptions = {},
): Promise<NextEpoch> {
  const [epoch, granted, sponsorships] = await readContract(
    chain,
    {
      address: chain.deployment.rewardEscrow,
      abi: rewardEscrowAbi,
      functionName: 'nextEpochOf',
      args: [parameters.manager, parameters.run],
    },
    options,
  )
  return { epoch, granted, sponsorships }
}
