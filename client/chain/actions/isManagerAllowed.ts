// Reads whether a coordinator may lock an operator's stake.

import type { Address } from 'viem'
import type { Chain } from '../clients.ts'
import { stakeVaultAbi } from '../generated/stakeVault.ts'
import { type ReadOptions, readContract } from '../rpc.ts'

export async function isManagerAllowed(
  chain: Chain,
  parameters: { readonly operator: Address; readonly manager: Address },
  options: ReadOptions = {},
): Promise<boolean> {
  const args = [parameters.operator, parameters.manager] as const
  return readContract(
    chain,
    { address: chain.deployment.stakeVault, abi: stakeVaultAbi, functionName: 'isManagerAllowed', args },
    options,
  )
}
