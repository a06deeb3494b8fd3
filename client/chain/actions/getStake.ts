// Reads what the stake vault knows of an operator, all of one block.

import type { Address } from 'viem'
import type { Chain } from '../clients.ts'
import { stakeVaultAbi } from '../generated/stakeVault.ts'
import { pinned } from '../pin.ts'
import { type ReadOptions, readContract } from '../rpc.ts'

export interface Stake {
  /** Wei, locked stake included. */
  readonly bonded: bigint
  /** Wei, of all managers. */
  readonly locked: bigint
  /** Wei that leave at `readyAt` (unix seconds). */
  readonly unbonding: bigint
  readonly readyAt: bigint
  /** The zero address when there is none. */
  readonly delegate: Address
  readonly payout: Address
  /** Hostile text until checked. */
  readonly endpoint: string
}

export async function getStake(
  chain: Chain,
  parameters: { readonly operator: Address },
  options: ReadOptions = {},
): Promise<Stake> {
  const at = await pinned(chain, options)
  const contract = { address: chain.deployment.stakeVault, abi: stakeVaultAbi, args: [parameters.operator] } as const
  const [bonded, locked, [unbonding, readyAt], delegate, payout, endpoint] = await Promise.all([
    readContract(chain, { ...contract, functionName: 'bondedOf' }, at),
    readContract(chain, { ...contract, functionName: 'lockedOf' }, at),
    readContract(chain, { ...contract, functionName: 'unbondingOf' }, at),
    readContract(chain, { ...contract, functionName: 'delegateOf' }, at),
    readContract(chain, { ...contract, functionName: 'payoutOf' }, at),
    readContract(chain, { ...contract, functionName: 'endpointOf' }, at),
  ])
  return { bonded, locked, unbonding, readyAt, delegate, payout, endpoint }
}
