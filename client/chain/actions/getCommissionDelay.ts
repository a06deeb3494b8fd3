// Reads how long a new commission waits until it counts, and a coordinator that is allowed while others have stake in the pool.

import type { Chain } from '../clients.ts'
import { stakeVaultAbi } from '../generated/stakeVault.ts'
import { type ReadOptions, readContract } from '../rpc.ts'

/** @returns Seconds. */
export async function getCommissionDelay(chain: Chain, options: ReadOptions = {}): Promise<bigint> {
  const seconds = await readContract(
    chain,
    { address: chain.deployment.stakeVault, abi: stakeVaultAbi, functionName: 'COMMISSION_DELAY', args: [] },
    options,
  )
  return BigInt(seconds)
}
