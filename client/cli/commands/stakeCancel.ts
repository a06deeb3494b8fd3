// `tessera stake cancel`: stake that unbonds is bonded again.

import { planCancellation } from '@tessera/chain/plans/cancellation'
import { defineCommand } from '../command.ts'
import { poolOption } from '../operator.ts'
import { ticketOption } from '../pools.ts'
import { moneyOptions, openDesk, transact } from '../transact.ts'

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
