// Reads the operator that an account may act for, as its own key or as its delegate; undefined when there is none.

import type { Address } from 'viem'
import type { Chain } from '../clients.ts'
import { isRevert } from '../errors.ts'
import { stakeVaultAbi } from '../generated/stakeVault.ts'
import { type ReadOptions, readContract } from '../rpc.ts'

export async function getOperator(
  chain: Chain,
  parameters: { readonly account: Address },
  options: ReadOptions = {},
): Promise<Address | undefined> {
  try {
    return await readContract(
      chain,
      {
        address: chain.deployment.stakeVault,
        abi: stakeVaultAbi,
        functionName: 'operatorOf',
        args: [parameters.account],
      },
      options,
    )
  } catch (error) {
    if (isRevert(error, 'StakeVaultUnknownOperator')) return undefined
    throw error
  }
}
