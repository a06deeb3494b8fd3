// Reads an operator's pool of stake, all of one block: what it is worth, how it is divided, and what managers may still slash.

import type { Address } from 'viem'
import type { Chain } from '../clients.ts'
import { stakeVaultAbi } from '../generated/stakeVault.ts'
import { pinned } from '../pin.ts'
import type { Pool } from '../poolShares.ts'
import { type ReadOptions, readContract } from '../rpc.ts'

export interface HeldPool extends Pool {
  /** Shares of all tickets, among `shares`. */
  readonly unbondingShares: bigint
  /** Wei: what the shares that do not unbond are worth. */
  readonly bonded: bigint
  /** Wei, of all managers. More than `bonded` when holders wait for stake that is locked. */
  readonly locked: bigint
  /** Wei that managers have released and nobody has thawed yet. */
  readonly cooling: bigint
}

export async function getPool(
  chain: Chain,
  parameters: { readonly operator: Address },
  options: ReadOptions = {},
): Promise<HeldPool> {
  const at = await pinned(chain, options)
  const contract = { address: chain.deployment.stakeVault, abi: stakeVaultAbi, args: [parameters.operator] } as const
  const [[assets, shares, unbondingShares], bonded, locked, cooling] = await Promise.all([
    readContract(chain, { ...contract, functionName: 'poolOf' }, at),
    readContract(chain, { ...contract, functionName: 'bondedOf' }, at),
    readContract(chain, { ...contract, functionName: 'lockedOf' }, at),
    readContract(chain, { ...contract, functionName: 'coolingOf' }, at),
  ])
  return { assets, shares, unbondingShares, bonded, locked, cooling }
}
