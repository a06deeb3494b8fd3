// Reads what part of each pot of a settled epoch an operator earned, or with `asOwner` the owner of the run, in 2^-64; 0 before.

import type { Address } from 'viem'
import type { Chain } from '../clients.ts'
import { runCoordinatorAbi } from '../generated/runCoordinator.ts'
import { type ReadOptions, readContract } from '../rpc.ts'

export async function getShare(
  chain: Chain,
  parameters: { readonly run: bigint; readonly epoch: bigint; readonly account: Address; readonly asOwner: boolean },
  options: ReadOptions = {},
): Promise<bigint> {
  return readContract(
    chain,
    {
      address: chain.deployment.runCoordinator,
      abi: runCoordinatorAbi,
      functionName: 'shareOf',
      args: [parameters.run, parameters.epoch, parameters.account, parameters.asOwner],
    },
    options,
  )
}
