// `tessera delegate`: tokens of the wallet become its part of another operator's stake. The same as a deposit there.

import { planDeposit } from '@tessera/chain/plans/deposit'
import { defineCommand } from '../command.ts'
import { operatorOption } from '../operator.ts'
import { amountOption, moneyOptions, openDesk, transact } from '../transact.ts'

export const delegate = defineCommand({
  name: 'delegate',
  summary:
    'Bonds tokens of the wallet behind an operator, whose slashes it then bears; `stake unbond` takes them back.',
  options: {
    operator: { ...operatorOption.operator, required: true, description: 'Operator to whose pool they go' },
    ...amountOption('Tokens to delegate'),
    ...moneyOptions,
  },
  async run(options, scene) {
    const desk = await openDesk(options, scene)
    await transact(await planDeposit(desk, options, scene), desk, options, scene)
  },
})
