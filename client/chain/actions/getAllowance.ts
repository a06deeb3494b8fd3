// Reads how many of an account's tokens a contract may take, in the token's own units.

import type { Address } from 'viem'
import type { Chain } from '../clients.ts'
import { tokenAbi } from '../generated/token.ts'
import { type ReadOptions, readContract } from '../rpc.ts'

export async function getAllowance(
  chain: Chain,
  parameters: {
    readonly owner: Address
    readonly spender: Address
    /** Any ERC-20; the deployment's token if not given. */
    readonly token?: Address
  },
  options: ReadOptions = {},
): Promise<bigint> {
  const args = [parameters.owner, parameters.spender] as const
  return readContract(
    chain,
    { address: parameters.token ?? chain.deployment.token, abi: tokenAbi, functionName: 'allowance', args },
    options,
  )
}
