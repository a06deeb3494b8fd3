// Reads what the stake vault knows of an operator and its pool, all of one block. Not what single holders have in it.

import type { Address } from 'viem'
import type { Chain } from '../clients.ts'
import { stakeVaultAbi } from '../generated/stakeVault.ts'
import { pinned } from '../pin.ts'
import { type ReadOptions, readContract } from '../rpc.ts'

export interface Stake {
  /** Wei of all holders that do not unbond, locked stake included. */
  readonly bonded: bigint
  /** Wei, of all managers. More than `bonded` when holders wait for stake that is locked. */
  readonly locked: bigint
  /** Wei of all holders that unbond. */
  readonly unbonding: bigint
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
  const [bonded, locked, [assets], delegate, payout, endpoint] = await Promise.all([
    readContract(chain, { ...contract, functionName: 'bondedOf' }, at),
    readContract(chain, { ...contract, functionName: 'lockedOf' }, at),
    readContract(chain, { ...contract, functionName: 'poolOf' }, at),
    readContract(chain, { ...contract, functionName: 'delegateOf' }, at),
    readContract(chain, { ...contract, functionName: 'payoutOf' }, at),
    readContract(chain, { ...contract, functionName: 'endpointOf' }, at),
  ])
  return { bonded, locked, unbonding: assets - bonded, delegate, payout, endpoint }
}
