// Reads what the reward escrow owes in a token and what it holds of it, both of one block, in the token's own units.

import type { Address } from 'viem'
import type { Chain } from '../clients.ts'
import { rewardEscrowAbi } from '../generated/rewardEscrow.ts'
import { pinned } from '../pin.ts'
import { type ReadOptions, readContract } from '../rpc.ts'

export async function getEscrowBalance(
  chain: Chain,
  parameters: {
    /** Any ERC-20; the deployment's token if not given. */
    readonly token?: Address
  },
  options: ReadOptions = {},
): Promise<{ readonly owed: bigint; readonly held: bigint }> {
  const at = await pinned(chain, options)
  const args = [parameters.token ?? chain.deployment.token] as const
  const escrow = { address: chain.deployment.rewardEscrow, abi: rewardEscrowAbi, args } as const
  const [owed, held] = await Promise.all([
    readContract(chain, { ...escrow, functionName: 'owed' }, at),
    readContract(chain, { ...escrow, functionName: 'held' }, at),
  ])
  return { owed, held }
}
