// Reads whether a holder's stake with an operator is counted in a period; of the present one only, earlier ones may be forgotten.

import type { Address } from 'viem'
import type { Chain } from '../clients.ts'
import { emissionAbi } from '../generated/emission.ts'
import { type ReadOptions, readContract } from '../rpc.ts'

export async function isVoteCounted(
  chain: Chain,
  parameters: { readonly period: bigint; readonly holder: Address; readonly operator: Address },
  options: ReadOptions = {},
): Promise<boolean> {
  return readContract(
    chain,
    {
      address: chain.deployment.emission,
      abi: emissionAbi,
      functionName: 'isCounted',
      args: [parameters.period, parameters.holder, parameters.operator],
    },
    options,
  )
}
