// Reads the pot that is set aside for an epoch, in wei; 0 once it is settled.
// @testonly: programs follow the events; what the contracts say by themselves is compared with that.

import type { Chain } from '../clients.ts'
import { rewardVaultAbi } from '../generated/rewardVault.ts'
import { type ReadOptions, readContract } from '../rpc.ts'

export async function getPot(
  chain: Chain,
  parameters: { readonly run: bigint; readonly epoch: bigint },
  options: ReadOptions = {},
): Promise<bigint> {
  return readContract(
    chain,
    {
      address: chain.deployment.rewardVault,
      abi: rewardVaultAbi,
      functionName: 'potOf',
      args: [chain.deployment.runCoordinator, parameters.run, parameters.epoch],
    },
    options,
  )
}
