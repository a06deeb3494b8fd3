// `tessera stake withdraw`: a ticket whose delay has passed is paid.

import { planWithdrawal } from '@tessera/chain/plans/withdrawal'
import { defineCommand } from '../command.ts'
import { poolOption } from '../operator.ts'
import { ticketOption } from '../pools.ts'
import { moneyOptions, openDesk, transact } from '../transact.ts'

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
