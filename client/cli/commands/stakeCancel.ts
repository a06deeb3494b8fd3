// `tessera stake cancel`: stake that unbonds is bonded again.

import { cancelUnbond } from '@tessera/chain/actions/cancelUnbond'
import { getPosition } from '@tessera/chain/actions/getPosition'
import type { Hex } from '@tessera/protocol/hex'
import { defineCommand, type Scene } from '../command.ts'
import { poolOption } from '../operator.ts'
import { ticketNumbered, ticketOption } from '../pools.ts'
import { tokens } from '../texts.ts'
import { type Desk, moneyOptions, openDesk, type Plan, transact } from '../transact.ts'

const { ticket } = ticketOption('Number of the ticket')

export const stakeCancel = defineCommand({
  name: 'stake cancel',
  summary: 'Bonds stake of the wallet again that has begun to unbond.',
  options: { ticket: { ...ticket, required: true }, ...poolOption, ...moneyOptions },
  async run(options, scene) {
    const desk = await openDesk(options, scene)
    const { ticket, operator = desk.account.address } = options
    await transact(await planCancellation(desk, { operator, ticket }, scene), desk, options, scene)
  },
})

/** Errors: `stake/unknown-ticket`. */
export async function planCancellation(
  { chain, account }: Desk,
  { operator, ticket: number }: { readonly operator: Hex; readonly ticket: number },
  { signal }: Pick<Scene, 'signal'>,
): Promise<Plan> {
  const holder = account.address
  const { value: bonded, tickets } = await getPosition(chain, { operator, holder }, { signal })
  const { ticket, value } = ticketNumbered(tickets, number, holder)
  return {
    intent: `Bond ${tokens(value)} of ${holder} again with the operator ${operator}, and give ticket ${ticket} up.`,
    afterwards: [`the wallet has ${tokens(bonded + value)} bonded there`],
    warnings: ['to take it out later, its delay begins anew'],
    facts: { amount: value, operator, ticket, stakeAfterwards: bonded + value },
    requests: [cancelUnbond(chain.deployment, { operator, ticket })],
  }
}
