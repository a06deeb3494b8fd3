// Reads whether holders of an operator's pool want more back than what managers have not locked covers: then anyone may evict it.

import type { Address } from 'viem'
import type { Chain } from '../clients.ts'
import { stakeVaultAbi } from '../generated/stakeVault.ts'
import { type ReadOptions, readContract } from '../rpc.ts'

export async function isShort(
  chain: Chain,
  parameters: { readonly operator: Address },
  options: ReadOptions = {},
): Promise<boolean> {
  return readContract(
    chain,
    {
      address: chain.deployment.stakeVault,
      abi: stakeVaultAbi,
      functionName: 'isShort',
      args: [parameters.operator],
    },
    options,
  )
}
