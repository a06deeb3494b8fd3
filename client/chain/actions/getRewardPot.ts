// Reads the part of an opened epoch that a source of a run pays, in units of the source's token; source 0 is the grant.

import type { Address } from 'viem'
import type { Chain } from '../clients.ts'
import { rewardEscrowAbi } from '../generated/rewardEscrow.ts'
import { type ReadOptions, readContract } from '../rpc.ts'

export async function getRewardPot(
  chain: Chain,
  parameters: { readonly manager: Address; readonly run: bigint; readonly source: bigint; readonly epoch: bigint },
  options: ReadOptions = {},
): Promise<bigint> {
  return readContract(
    chain,
    {
      address: chain.deployment.rewardEscrow,
      abi: rewardEscrowAbi,
      functionName: 'potOf',
      args: [parameters.manager, parameters.run, parameters.source, parameters.epoch],
    },
    options,
  )
}
