// Reads an account's tokens, in the token's own units.

import type { Address } from 'viem'
import type { Chain } from '../clients.ts'
import { tokenAbi } from '../generated/token.ts'
import { type ReadOptions, readContract } from '../rpc.ts'

export async function getTokenBalance(
  chain: Chain,
  parameters: {
    readonly account: Address
    /** Any ERC-20; the deployment's token if not given. */
    readonly token?: Address
  },
  options: ReadOptions = {},
): Promise<bigint> {
  return readContract(
    chain,
    {
      address: parameters.token ?? chain.deployment.token,
      abi: tokenAbi,
      functionName: 'balanceOf',
      args: [parameters.account],
    },
    options,
  )
}
