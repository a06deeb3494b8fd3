// A ticket whose delay has passed is paid.

import { TesseraError } from '@tessera/protocol/errors'
import { type Hex, sameHex } from '@tessera/protocol/hex'
import { completeUnbond } from '../actions/completeUnbond.ts'
import { getPool, type HeldPool } from '../actions/getPool.ts'
import { getPosition, type ValuedTicket } from '../actions/getPosition.ts'
import { getUnbondingSeconds } from '../actions/getUnbondingSeconds.ts'
import { getHead, type ReadOptions } from '../rpc.ts'
import type { Desk, Plan } from './plan.ts'
import { freeOf, oldestTicket, thawableOf, ticketNumbered } from './pools.ts'
import { moment, span, tokens } from './texts.ts'

/** Errors: `stake/nothing-unbonding`, `stake/unknown-ticket`, `stake/still-unbonding`, `stake/held-back`. */
export async function planWithdrawal(
  { chain, account }: Desk,
  { operator, ticket: number, to }: { readonly operator: Hex; readonly ticket: number | undefined; readonly to: Hex },
  { signal }: Pick<ReadOptions, 'signal'>,
): Promise<Plan> {
  const holder = account.address
  const { number: blockNumber, timestamp } = await getHead(chain, signal)
  const at = { signal, blockNumber }
  const [pool, { tickets }] = await Promise.all([
    getPool(chain, { operator }, at),
    getPosition(chain, { operator, holder }, at),
  ])
  // All wait equally long, so the oldest is ready first.
  const chosen =
    number === undefined ? oldestTicket(tickets, holder, operator) : ticketNumbered(tickets, number, holder)
  const { ticket, value, readyAt } = chosen
  if (timestamp < readyAt)
    throw new TesseraError('stake/still-unbonding', `ticket ${ticket}, of ${tokens(value)}, still unbonds`, {
      hint: `It can be withdrawn from ${moment(readyAt)} on, which is ${span(readyAt - timestamp)} from now`,
      context: { operator, ticket, value, readyAt },
    })
  if (freeOf(pool) < value) {
    const manager = chain.deployment.runCoordinator
    const [thawable, seconds] = await Promise.all([
      thawableOf(chain, pool, { operator, manager }, at),
      getUnbondingSeconds(chain, at),
    ])
    throw heldBack(operator, chosen, pool, { thawable, seconds })
  }
  return {
    intent: `Withdraw ${tokens(value)} of ${holder}, ticket ${ticket} with the operator ${operator}, to ${to}.`,
    afterwards: [`${to} has ${tokens(value)} more`],
    warnings: sameHex(to, holder) ? [] : [`${to} is not the wallet: what is paid there cannot be called back`],
    facts: { amount: value, operator, ticket, to },
    requests: [completeUnbond(chain.deployment, { operator, ticket, to })],
  }
}

/** Ready, but managers could still slash it. Says what frees it: a thaw, time, or that the operator leaves its runs. */
function heldBack(
  operator: Hex,
  { ticket, value }: ValuedTicket,
  pool: HeldPool,
  { thawable, seconds }: { readonly thawable: bigint; readonly seconds: bigint },
): TesseraError {
  const { locked, cooling } = pool
  const free = freeOf(pool)
  const thaw = `\`tessera stake thaw --operator ${operator}\``
  let hint = `The operator must leave enough of its runs; what they release is free ${span(seconds)} later, by ${thaw}`
  if (free + cooling >= value)
    hint = `What cools is free within ${span(seconds)} of its release: then run ${thaw}, and try again`
  if (free + thawable >= value)
    hint = `Run ${thaw}, which frees up to ${tokens(thawable)} that has cooled, and try again`
  return new TesseraError(
    'stake/held-back',
    `ticket ${ticket} is ready and worth ${tokens(value)}, but only ${tokens(free)} of the pool are free: ` +
      `${tokens(locked)} are locked in runs, ${tokens(cooling)} were released and cool`,
    { hint, context: { operator, ticket, value, free, locked, cooling, thawable } },
  )
}
