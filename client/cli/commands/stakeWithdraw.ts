// `tessera stake withdraw`: a ticket whose delay has passed is paid.

import { completeUnbond } from '@tessera/chain/actions/completeUnbond'
import { getPool, type HeldPool } from '@tessera/chain/actions/getPool'
import { getPosition, type ValuedTicket } from '@tessera/chain/actions/getPosition'
import { getUnbondingSeconds } from '@tessera/chain/actions/getUnbondingSeconds'
import { getHead } from '@tessera/chain/rpc'
import { TesseraError } from '@tessera/protocol/errors'
import type { Hex } from '@tessera/protocol/hex'
import { defineCommand, type Scene } from '../command.ts'
import { poolOption } from '../operator.ts'
import { freeOf, oldestTicket, thawableOf, ticketNumbered, ticketOption } from '../pools.ts'
import { moment, span, tokens } from '../texts.ts'
import { type Desk, moneyOptions, openDesk, type Plan, transact } from '../transact.ts'

export const stakeWithdraw = defineCommand({
  name: 'stake withdraw',
  summary: 'Pays out stake of the wallet that has unbonded.',
  options: {
    ...ticketOption('Number of the ticket; the oldest if not given'),
    to: {
      flag: 'to',
      env: 'TESSERA_TO',
      type: 'address',
      description: 'Who is paid; the wallet itself if not given',
    },
    ...poolOption,
    ...moneyOptions,
  },
  async run(options, scene) {
    const desk = await openDesk(options, scene)
    const { address } = desk.account
    const { ticket, operator = address, to = address } = options
    await transact(await planWithdrawal(desk, { operator, ticket, to }, scene), desk, options, scene)
  },
})

/** Errors: `stake/nothing-unbonding`, `stake/unknown-ticket`, `stake/still-unbonding`, `stake/held-back`. */
export async function planWithdrawal(
  { chain, account }: Desk,
  { operator, ticket: number, to }: { readonly operator: Hex; readonly ticket: number | undefined; readonly to: Hex },
  { signal }: Pick<Scene, 'signal'>,
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
    warnings: to === holder ? [] : [`${to} is not the wallet: what is paid there cannot be called back`],
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
