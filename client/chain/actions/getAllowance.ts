// Reads how many of an account's tokens a contract may take, in wei.

import type { Address } from 'viem'
import type { Chain } from '../clients.ts'
import { tokenAbi } from '../generated/token.ts'
import { type ReadOptions, readContract } from '../rpc.ts'

export async function getAllowance(
  chain: Chain,
  parameters: { readonly owner: Address; readonly spender: Address },
  options: ReadOptions = {},
): Promise<bigint> {
  const args = [parameters.owner, parameters.spender] as const
  return readContract(
    chain,
    { address: chain.deployment.token, abi: tokenAbi, functionName: 'allowance', args },
    options,
  )
}
