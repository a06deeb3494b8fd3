// Reads an account's tokens, in wei.

import type { Address } from 'viem'
import type { Chain } from '../clients.ts'
import { tokenAbi } from '../generated/token.ts'
import { type ReadOptions, readContract } from '../rpc.ts'

export async function getTokenBalance(
  chain: Chain,
  parameters: { readonly account: Address },
  options: ReadOptions = {},
): Promise<bigint> {
  return readContract(
    chain,
    { address: chain.deployment.token, abi: tokenAbi, functionName: 'balanceOf', args: [parameters.account] },
    options,
  )
}
