// `tessera sponsor top-up`: more money for a sponsorship, the wallet's own or another's.

import { planTopUp } from '@tessera/chain/plans/topUp'
import { defineCommand } from '../command.ts'
import { sourceOf, sponsorshipOptions } from '../sponsorships.ts'
import { amountOption, moneyOptions, openDesk, transact } from '../transact.ts'

export const sponsorTopUp = defineCommand({
  name: 'sponsor top-up',
  summary: 'Adds to the budget of a sponsorship; anyone may, and the sponsor can withdraw it.',
  options: { ...sponsorshipOptions, ...amountOption('Tokens to add'), ...moneyOptions },
  async run(options, scene) {
    const desk = await openDesk(options, scene)
    const what = { ...sourceOf(desk.chain, options), amount: options.amount }
    await transact(await planTopUp(desk, what, scene), desk, options, scene)
  },
})
