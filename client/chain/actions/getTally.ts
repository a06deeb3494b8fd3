// Reads the votes for one run in one period, in wei of stake, and whether they are paid.

import type { Address } from 'viem'
import type { Chain } from '../clients.ts'
import { emissionAbi } from '../generated/emission.ts'
import { type ReadOptions, readContract } from '../rpc.ts'

export async function getTally(
  chain: Chain,
  parameters: { readonly period: bigint; readonly manager: Address; readonly run: bigint },
  options: ReadOptions = {},
): Promise<{ readonly votes: bigint; readonly paid: boolean }> {
  return readContract(
    chain,
    {
      address: chain.deployment.emission,
      abi: emissionAbi,
      functionName: 'tallyOf',
      args: [parameters.period, parameters.manager, parameters.run],
    },
    options,
  )
}
