// Reads the reward vault's two sums, both of one block; owed above held would break invariant I-01.

import type { Chain } from '../clients.ts'
import { rewardVaultAbi } from '../generated/rewardVault.ts'
import { pinned } from '../pin.ts'
import { type ReadOptions, readContract } from '../rpc.ts'

/** @returns Wei: all that is promised, and the vault's balance. */
export async function getVault(chain: Chain, options: ReadOptions = {}): Promise<{ owed: bigint; held: bigint }> {
  const at = await pinned(chain, options)
  const contract = { address: chain.deployment.rewardVault, abi: rewardVaultAbi, args: [] } as const
  const [owed, held] = await Promise.all([
    readContract(chain, { ...contract, functionName: 'owed' }, at),
    readContract(chain, { ...contract, functionName: 'held' }, at),
  ])
  return { owed, held }
}
