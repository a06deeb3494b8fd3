// Reads the vote of a holder that is in effect in the present period or the next one; empty if there is none.

import type { Address } from 'viem'
import type { Chain } from '../clients.ts'
import { emissionAbi } from '../generated/emission.ts'
import { type ReadOptions, readContract } from '../rpc.ts'
import type { Choice } from './vote.ts'

export async function getBallot(
  chain: Chain,
  parameters: { readonly holder: Address; readonly period: bigint },
  options: ReadOptions = {},
): Promise<readonly Choice[]> {
  return readContract(
    chain,
    {
      address: chain.deployment.emission,
      abi: emissionAbi,
      functionName: 'ballotOf',
      args: [parameters.holder, parameters.period],
    },
    options,
  )
}
