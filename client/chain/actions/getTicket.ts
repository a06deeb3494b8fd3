// Reads one of a holder's tickets; undefined when there is none of that number, or it was completed or cancelled.

import type { Address } from 'viem'
import type { Chain } from '../clients.ts'
import { isRevert } from '../errors.ts'
import { stakeVaultAbi } from '../generated/stakeVault.ts'
import { type ReadOptions, readContract } from '../rpc.ts'

export interface Ticket {
  readonly ticket: bigint
  readonly shares: bigint
  /** Unix seconds. */
  readonly readyAt: bigint
}

export async function getTicket(
  chain: Chain,
  parameters: { readonly operator: Address; readonly holder: Address; readonly ticket: bigint },
  options: ReadOptions = {},
): Promise<Ticket | undefined> {
  const { operator, holder, ticket } = parameters
  try {
    const [shares, readyAt] = await readContract(
      chain,
      {
        address: chain.deployment.stakeVault,
        abi: stakeVaultAbi,
        functionName: 'ticketOf',
        args: [operator, holder, ticket],
      },
      options,
    )
    return { ticket, shares, readyAt }
  } catch (error) {
    if (isRevert(error, 'StakeVaultUnknownTicket')) return undefined
    throw error
  }
}
