// Reads what one coordinator can slash of an operator's pool, both of one block: what it has locked, and what cools for it.

import type { Address } from 'viem'
import type { Chain } from '../clients.ts'
import { stakeVaultAbi } from '../generated/stakeVault.ts'
import { pinned } from '../pin.ts'
import { type ReadOptions, readContract } from '../rpc.ts'

/** @returns Wei. What has cooled and only waits for `thaw` is in neither. */
export async function getPledge(
  chain: Chain,
  parameters: { readonly operator: Address; readonly manager: Address },
  options: ReadOptions = {},
): Promise<{ locked: bigint; cooling: bigint }> {
  const at = await pinned(chain, options)
  const args = [parameters.operator, parameters.manager] as const
  const contract = { address: chain.deployment.stakeVault, abi: stakeVaultAbi, args } as const
  const [locked, slashable] = await Promise.all([
    readContract(chain, { ...contract, functionName: 'lockedBy' }, at),
    readContract(chain, { ...contract, functionName: 'slashableBy' }, at),
  ])
  // The last wei of a pool is never slashed, so it may be missing in what is slashable.
  return { locked, cooling: slashable > locked ? slashable - locked : 0n }
}
