// `tessera sponsor withdraw`: the sponsor takes back what no epoch that has opened holds.

import { planSponsorWithdrawal } from '@tessera/chain/plans/sponsorWithdrawal'
import { defineCommand } from '../command.ts'
import { sourceOf, sponsorshipOptions } from '../sponsorships.ts'
import { amountOption, moneyOptions, openDesk, transact } from '../transact.ts'

const { amount } = amountOption('Tokens to take back')

export const sponsorWithdraw = defineCommand({
  name: 'sponsor withdraw',
  summary: 'Takes back what no opened epoch of a sponsorship of the wallet holds.',
  options: {
    ...sponsorshipOptions,
    amount: { ...amount, required: false },
    all: {
      flag: 'all',
      env: 'TESSERA_ALL',
      type: 'boolean',
      description: 'Take back all that is free, instead of an amount',
    },
    to: {
      flag: 'to',
      env: 'TESSERA_TO',
      type: 'address',
      description: 'Who gets the tokens; the wallet if not given',
    },
    ...moneyOptions,
  },
  async run(options, scene) {
    const desk = await openDesk(options, scene)
    const { to = desk.account.address, all } = options
    const what = { ...sourceOf(desk.chain, options), amount: options.amount, all, to }
    await transact(await planSponsorWithdrawal(desk, what, scene), desk, options, scene)
  },
})
