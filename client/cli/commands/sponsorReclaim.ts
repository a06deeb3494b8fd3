// `tessera sponsor reclaim`: the sponsor gets back what settled epochs did not earn of their pots.

import { planReclaim } from '@tessera/chain/plans/reclaim'
import { defineCommand } from '../command.ts'
import { sourceOf, sponsorshipOptions } from '../sponsorships.ts'
import { moneyOptions, openDesk, transact } from '../transact.ts'

export const sponsorReclaim = defineCommand({
  name: 'sponsor reclaim',
  summary: 'Takes back what settled epochs of a sponsorship of the wallet did not earn.',
  options: {
    ...sponsorshipOptions,
    most: {
      flag: 'most',
      env: 'TESSERA_MOST',
      type: 'integer',
      default: 100,
      min: 1,
      max: 1_000,
      unit: 'epochs',
      description: 'How many epochs are looked at, from the first that has not given back',
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
    const { to = desk.account.address, most } = options
    const what = { ...sourceOf(desk.chain, options), most, to }
    await transact(await planReclaim(desk, what, scene), desk, options, scene)
  },
})
