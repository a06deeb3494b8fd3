// Reads what a holder's active shares with an operator were worth at a past second, in wei: its weight in votes and pay.

import type { Address } from 'viem'
import type { Chain } from '../clients.ts'
import { stakeVaultAbi } from '../generated/stakeVault.ts'
import { type ReadOptions, readContract } from '../rpc.ts'

export async function getStakeAt(
  chain: Chain,
  parameters: {
    readonly operator: Address
    readonly holder: Address
    /** Unix seconds. */
    readonly time: bigint
  },
  options: ReadOptions = {},
): Promise<bigint> {
  return readContract(
    chain,
    {
      address: chain.deployment.stakeVault,
      abi: stakeVaultAbi,
      functionName: 'stakeAt',
      args: [parameters.operator, parameters.holder, parameters.time],
    },
    options,
  )
}
