// Reads what an operator can claim, in wei.

import type { Address } from 'viem'
import type { Chain } from '../clients.ts'
import { rewardVaultAbi } from '../generated/rewardVault.ts'
import { type ReadOptions, readContract } from '../rpc.ts'

export async function getCredit(
  chain: Chain,
  parameters: { readonly operator: Address },
  options: ReadOptions = {},
): Promise<bigint> {
  return readContract(
    chain,
    {
      address: chain.deployment.rewardVault,
      abi: rewardVaultAbi,
      functionName: 'creditOf',
      args: [parameters.operator],
    },
    options,
  )
}
