// `tessera vote count`: the stake of a holder is counted for its vote of the present period.

import { planCount } from '@tessera/chain/plans/voteCount'
import { defineCommand } from '../command.ts'
import { moneyOptions, openDesk, transact } from '../transact.ts'
import { positionsOption } from '../votes.ts'

export const voteCount = defineCommand({
  name: 'vote count',
  summary: 'Counts the stake of a holder for its vote of the present period; anyone may do that for anyone.',
  options: {
    holder: {
      flag: 'holder',
      env: 'TESSERA_HOLDER',
      type: 'address',
      description: 'Whose stake is counted; the wallet’s if not given',
    },
    ...positionsOption,
    ...moneyOptions,
  },
  async run(options, scene) {
    const desk = await openDesk(options, scene)
    const { holder = desk.account.address, operators } = options
    await transact(await planCount(desk, { holder, operators }, scene), desk, options, scene)
  },
})
