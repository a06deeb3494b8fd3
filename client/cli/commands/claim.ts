// `tessera claim`: an operator is paid what settled epochs have credited to it.

import { claim as claimCredit } from '@tessera/chain/actions/claim'
import { getCredit } from '@tessera/chain/actions/getCredit'
import { getStake } from '@tessera/chain/actions/getStake'
import { pinned } from '@tessera/chain/pin'
import { TesseraError } from '@tessera/protocol/errors'
import { defineCommand } from '../command.ts'
import { operatorOf, operatorOption } from '../operator.ts'
import { tokens } from '../texts.ts'
import { moneyOptions, openDesk, type Plan, transact } from '../transact.ts'

export const claim = defineCommand({
  name: 'claim',
  summary: 'Has an operator paid what it has earned; anyone may do that for anyone.',
  options: { ...operatorOption, ...moneyOptions },
  async run(options, scene) {
    const desk = await openDesk(options, scene)
    const { chain, account } = desk
    const operator = options.operator ?? (await operatorOf(chain, account.address, scene))
    const at = await pinned(chain, { signal: scene.signal })
    const [amount, { payout }] = await Promise.all([
      getCredit(chain, { operator }, at),
      getStake(chain, { operator }, at),
    ])
    if (amount === 0n)
      throw new TesseraError('claim/nothing', `${operator} has nothing to claim`, {
        hint: 'Pay arrives when an epoch is settled; or give --operator with another operator',
        context: { operator },
      })
    const plan: Plan = {
      intent: `Claim ${tokens(amount)} that ${operator} has earned.`,
      afterwards: [`${payout} has ${tokens(amount)} more`],
      warnings: payout === account.address ? [] : ['the wallet pays for the gas and gets nothing of it'],
      facts: { amount, operator, to: payout },
      requests: [claimCredit(chain.deployment, { operator })],
    }
    await transact(plan, desk, options, scene)
  },
})
