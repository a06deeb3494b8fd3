// Reads what the parts of an operator's holders were at a past second, which is what pay is divided by: `holderPart`. What the vault
// keeps of the past never changes.

import type { Address } from 'viem'
import type { Chain } from '../clients.ts'
import { stakeVaultAbi } from '../generated/stakeVault.ts'
import { pinned } from '../pin.ts'
import type { Holding } from '../poolShares.ts'
import { type ReadOptions, readContract } from '../rpc.ts'

export async function getHoldingAt(
  chain: Chain,
  parameters: {
    readonly operator: Address
    readonly holder: Address
    /** Unix seconds. */
    readonly time: bigint
  },
  options: ReadOptions = {},
): Promise<Holding> {
  const { operator, holder, time } = parameters
  const at = await pinned(chain, options)
  const vault = { address: chain.deployment.stakeVault, abi: stakeVaultAbi } as const
  const [[, allShares], shares, commissionBps] = await Promise.all([
    readContract(chain, { ...vault, functionName: 'poolAt', args: [operator, time] }, at),
    readContract(chain, { ...vault, functionName: 'sharesAt', args: [operator, holder, time] }, at),
    readContract(chain, { ...vault, functionName: 'commissionAt', args: [operator, time] }, at),
  ])
  return { allShares, shares, commissionBps }
}
