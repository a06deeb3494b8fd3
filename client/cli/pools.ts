// Pools of stake in plain words, and the option and the errors that commands about tickets share.

import type { Commission } from '@tessera/chain/actions/getCommission'
import { getPledge } from '@tessera/chain/actions/getPledge'
import type { HeldPool } from '@tessera/chain/actions/getPool'
import type { ValuedTicket } from '@tessera/chain/actions/getPosition'
import type { Chain } from '@tessera/chain/clients'
import type { ReadOptions } from '@tessera/chain/rpc'
import { TesseraError } from '@tessera/protocol/errors'
import type { Hex } from '@tessera/protocol/hex'
import { moment, percent } from './texts.ts'

/** Spread into the table of a command about one ticket. */
export function ticketOption<const D extends string>(description: D) {
  return { ticket: { flag: 'ticket', env: 'TESSERA_TICKET', type: 'integer', min: 0, description } } as const
}

/** `10 %, and 20 % from … on`. */
export function commissionText({ bps, pending }: Commission): string {
  return `${percent(bps)}${pending === undefined ? '' : `, and ${percent(pending.bps)} from ${moment(pending.from)} on`}`
}

/** Wei that no manager could slash: what can be withdrawn now. */
export function freeOf({ assets, locked, cooling }: HeldPool): bigint {
  return atLeastZero(assets - locked - cooling)
}

/** Wei that could be locked. */
export function lockableOf({ bonded, locked, cooling }: HeldPool): bigint {
  return atLeastZero(bonded - locked - cooling)
}

/** Wei that a thaw of this coordinator's releases can free at most: what others have released may be part of it. */
export async function thawableOf(
  chain: Chain,
  { cooling }: Pick<HeldPool, 'cooling'>,
  of: { readonly operator: Hex; readonly manager: Hex },
  at: ReadOptions,
): Promise<bigint> {
  return atLeastZero(cooling - (await getPledge(chain, of, at)).cooling)
}

/** Errors: `stake/unknown-ticket`. */
export function ticketNumbered(tickets: readonly ValuedTicket[], ticket: number, holder: Hex): ValuedTicket {
  const found = tickets.find((candidate) => candidate.ticket === BigInt(ticket))
  if (found !== undefined) return found
  const known = tickets.map((candidate) => candidate.ticket).join(', ')
  throw new TesseraError('stake/unknown-ticket', `${holder} has no ticket ${ticket} that waits with this operator`, {
    hint: known === '' ? 'It has none; --operator names another pool' : `Those that wait: ${known}`,
    context: { holder, ticket },
  })
}

/** Errors: `stake/nothing-unbonding`. */
export function oldestTicket(tickets: readonly ValuedTicket[], holder: Hex, operator: Hex): ValuedTicket {
  const [oldest] = tickets
  if (oldest !== undefined) return oldest
  throw new TesseraError('stake/nothing-unbonding', `no stake of ${holder} with the operator ${operator} unbonds`, {
    hint: 'Start with `tessera stake unbond`; --operator names another pool, --wallet another wallet',
    context: { holder, operator },
  })
}

function atLeastZero(value: bigint): bigint {
  return value > 0n ? value : 0n
}
