// Reads what a holder has in an operator's pool, all of one block: shares, what they are worth, and the tickets that wait.

import type { Address } from 'viem'
import type { Chain } from '../clients.ts'
import { stakeVaultAbi } from '../generated/stakeVault.ts'
import { pinned } from '../pin.ts'
import { valueOfShares } from '../poolShares.ts'
import { type ReadOptions, readContract } from '../rpc.ts'
import { getTicket, type Ticket } from './getTicket.ts'

export interface ValuedTicket extends Ticket {
  /** Wei, at the present price of a share: a slash before it is paid lowers it. */
  readonly value: bigint
}

export interface Position {
  /** Active ones: those of tickets are not among them. */
  readonly shares: bigint
  /** Wei: what they are worth. */
  readonly value: bigint
  /** Those neither completed nor cancelled, the oldest first. */
  readonly tickets: readonly ValuedTicket[]
  /** The number that the next ticket will have. */
  readonly nextTicket: bigint
}

/** Only so many of the newest tickets are looked at: done ones keep their numbers, and the count comes from outside. */
const MAX_TICKETS = 1_000n
const AT_ONCE = 50n

export async function getPosition(
  chain: Chain,
  parameters: { readonly operator: Address; readonly holder: Address },
  options: ReadOptions = {},
): Promise<Position> {
  const { operator, holder } = parameters
  const at = await pinned(chain, options)
  const vault = { address: chain.deployment.stakeVault, abi: stakeVaultAbi } as const
  const [shares, nextTicket, [assets, allShares]] = await Promise.all([
    readContract(chain, { ...vault, functionName: 'sharesOf', args: [operator, holder] }, at),
    readContract(chain, { ...vault, functionName: 'ticketCountOf', args: [operator, holder] }, at),
    readContract(chain, { ...vault, functionName: 'poolOf', args: [operator] }, at),
  ])
  const pool = { assets, shares: allShares }
  const tickets: ValuedTicket[] = []
  for (let from = nextTicket > MAX_TICKETS ? nextTicket - MAX_TICKETS : 0n; from < nextTicket; from += AT_ONCE) {
    const count = nextTicket - from < AT_ONCE ? nextTicket - from : AT_ONCE
    const numbers = Array.from({ length: Number(count) }, (_, at) => from + BigInt(at))
    const found = await Promise.all(numbers.map((ticket) => getTicket(chain, { operator, holder, ticket }, at)))
    for (const ticket of found)
      if (ticket !== undefined) tickets.push({ ...ticket, value: valueOfShares(pool, ticket.shares) })
  }
  return { shares, value: valueOfShares(pool, shares), tickets, nextTicket }
}
