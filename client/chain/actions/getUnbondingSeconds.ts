// Reads how long stake takes to leave the stake vault.

import type { Chain } from '../clients.ts'
import { stakeVaultAbi } from '../generated/stakeVault.ts'
import { type ReadOptions, readContract } from '../rpc.ts'

export async function getUnbondingSeconds(chain: Chain, options: ReadOptions = {}): Promise<bigint> {
  const seconds = await readContract(
    chain,
    { address: chain.deployment.stakeVault, abi: stakeVaultAbi, functionName: 'UNBONDING_SECONDS', args: [] },
    options,
  )
  return BigInt(seconds)
}
