// Reads what would be minted for a run and a period, in wei, as far as it is counted; final once the period has ended, zero once paid.

import type { Address } from 'viem'
import type { Chain } from '../clients.ts'
import { emissionAbi } from '../generated/emission.ts'
import { type ReadOptions, readContract } from '../rpc.ts'

export async function getPayable(
  chain: Chain,
  parameters: { readonly period: bigint; readonly manager: Address; readonly run: bigint },
  options: ReadOptions = {},
): Promise<bigint> {
  return readContract(
    chain,
    {
      address: chain.deployment.emission,
      abi: emissionAbi,
      functionName: 'payableOf',
      args: [parameters.period, parameters.manager, parameters.run],
    },
    options,
  )
}
