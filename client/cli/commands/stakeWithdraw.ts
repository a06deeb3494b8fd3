// `tessera stake withdraw`: stake whose delay has passed leaves the vault.

import { completeUnbond } from '@tessera/chain/actions/completeUnbond'
import { getStake } from '@tessera/chain/actions/getStake'
import { getHead } from '@tessera/chain/rpc'
import { TesseraError } from '@tessera/protocol/errors'
import { defineCommand } from '../command.ts'
import { moment, span, tokens } from '../texts.ts'
import { moneyOptions, openDesk, type Plan, transact } from '../transact.ts'

export const stakeWithdraw = defineCommand({
  name: 'stake withdraw',
  summary: 'Pays out the stake of the wallet that has unbonded.',
  options: {
    to: {
      flag: 'to',
      env: 'TESSERA_TO',
      type: 'address',
      description: 'Who is paid; the wallet itself if not given',
    },
    ...moneyOptions,
  },
  async run(options, scene) {
    const { signal } = scene
    const desk = await openDesk(options, scene)
    const { chain, account } = desk
    const operator = account.address
    const to = options.to ?? operator
    const { number: blockNumber, timestamp } = await getHead(chain, signal)
    const { unbonding, readyAt } = await getStake(chain, { operator }, { signal, blockNumber })
    if (unbonding === 0n)
      throw new TesseraError('stake/nothing-unbonding', `no stake of ${operator} unbonds`, {
        hint: 'Start with `tessera stake unbond`, or give --wallet with another wallet',
        context: { operator },
      })
    if (timestamp < readyAt)
      throw new TesseraError('stake/still-unbonding', `${tokens(unbonding)} of ${operator} still unbond`, {
        hint: `They can be withdrawn from ${moment(readyAt)} on, which is ${span(readyAt - timestamp)} from now`,
        context: { operator, unbonding, readyAt },
      })
    const plan: Plan = {
      intent: `Withdraw ${tokens(unbonding)} of unbonded stake of ${operator} to ${to}.`,
      afterwards: [`${to} has ${tokens(unbonding)} more`],
      warnings: to === operator ? [] : [`${to} is not the wallet: what is paid there cannot be called back`],
      facts: { amount: unbonding, operator, to },
      requests: [completeUnbond(chain.deployment, { to })],
    }
    await transact(plan, desk, options, scene)
  },
})
