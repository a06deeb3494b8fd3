// Reads what is left of a run's funds outside of pots, in wei.

import type { Chain } from '../clients.ts'
import { rewardVaultAbi } from '../generated/rewardVault.ts'
import { type ReadOptions, readContract } from '../rpc.ts'

export async function getFunds(
  chain: Chain,
  parameters: { readonly run: bigint },
  options: ReadOptions = {},
): Promise<bigint> {
  return readContract(
    chain,
    {
      address: chain.deployment.rewardVault,
      abi: rewardVaultAbi,
      functionName: 'fundsOf',
      args: [chain.deployment.runCoordinator, parameters.run],
    },
    options,
  )
}
