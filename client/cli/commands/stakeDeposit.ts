// `tessera stake deposit`: tokens of the wallet become bonded stake that it holds.

import { planDeposit } from '@tessera/chain/plans/deposit'
import { defineCommand } from '../command.ts'
import { poolOption } from '../operator.ts'
import { amountOption, moneyOptions, openDesk, transact } from '../transact.ts'

export const stakeDeposit = defineCommand({
  name: 'stake deposit',
  summary: 'Bonds tokens of the wallet, as stake of its own operator or of another.',
  options: { ...amountOption('Tokens to bond'), ...poolOption, ...moneyOptions },
  async run(options, scene) {
    const desk = await openDesk(options, scene)
    const { amount, operator = desk.account.address } = options
    await transact(await planDeposit(desk, { operator, amount }, scene), desk, options, scene)
  },
})
