// `tessera stake unbond`: stake of the wallet begins to leave a pool, with a ticket.

import { getTicket } from '@tessera/chain/actions/getTicket'
import { moment } from '@tessera/chain/plans/texts'
import { planUnbond } from '@tessera/chain/plans/unbond'
import { defineCommand, writeLine } from '../command.ts'
import { poolOption } from '../operator.ts'
import { amountOption, moneyOptions, openDesk, transact } from '../transact.ts'

const { amount } = amountOption('Stake to take out')

export const stakeUnbond = defineCommand({
  name: 'stake unbond',
  summary: 'Starts to take stake of the wallet out of a pool; `stake withdraw` pays it once its delay has passed.',
  options: {
    amount: { ...amount, required: false },
    all: {
      flag: 'all',
      env: 'TESSERA_ALL',
      type: 'boolean',
      description: 'Take out all that the wallet has there, instead of an amount',
    },
    ...poolOption,
    ...moneyOptions,
  },
  async run(options, scene) {
    const desk = await openDesk(options, scene)
    const operator = options.operator ?? desk.account.address
    const { ticket, ...plan } = await planUnbond(desk, { ...options, operator }, scene)
    await transact(plan, desk, options, scene)
    if (options.dryRun || options.json) return
    const given = await getTicket(desk.chain, { operator, holder: desk.account.address, ticket }, scene)
    if (given !== undefined)
      writeLine(
        scene,
        `ticket ${ticket}: can be withdrawn from ${moment(given.readyAt)} on, with \`tessera stake withdraw\``,
      )
  },
})
