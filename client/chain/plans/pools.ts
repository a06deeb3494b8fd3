// Pools of stake in plain words, and the tickets of their holders.

import { TesseraError } from '@tessera/protocol/errors'
import type { Hex } from '@tessera/protocol/hex'
import type { Commission } from '../actions/getCommission.ts'
import { getPledge } from '../actions/getPledge.ts'
import type { HeldPool } from '../actions/getPool.ts'
import type { ValuedTicket } from '../actions/getPosition.ts'
import type { Chain } from '../clients.ts'
import type { ReadOptions } from '../rpc.ts'
import { moment, percent } from './texts.ts'

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
    hint: known === '' ? 'It has none in this pool' : `Those that wait: ${known}`,
    context: { holder, ticket },
  })
}

/** Errors: `stake/nothing-unbonding`. */
export function oldestTicket(tickets: readonly ValuedTicket[], holder: Hex, operator: Hex): ValuedTicket {
  const [oldest] = tickets
  if (oldest !== undefined) return oldest
  throw new TesseraError('stake/nothing-unbonding', `no stake of ${holder} with the operator ${operator} unbonds`, {
    hint: 'Unbond first; the pool of another operator, or another account, may have some',
    context: { holder, operator },
  })
}

function atLeastZero(value: bigint): bigint {
  return value > 0n ? value : 0n
}
