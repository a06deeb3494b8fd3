// `tessera stake payout`: where an operator's rewards go.

import { getStake } from '@tessera/chain/actions/getStake'
import { setPayout } from '@tessera/chain/actions/setPayout'
import type { Plan } from '@tessera/chain/plans/plan'
import { defineCommand } from '../command.ts'
import { moneyOptions, openDesk, transact } from '../transact.ts'

export const stakePayout = defineCommand({
  name: 'stake payout',
  summary: 'Names the address that rewards of the wallet are paid to.',
  options: {
    to: {
      flag: 'to',
      env: 'TESSERA_PAYOUT',
      type: 'address',
      description: 'Who is paid from now on; the wallet itself if not given',
    },
    ...moneyOptions,
  },
  async run(options, scene) {
    const desk = await openDesk(options, scene)
    const { chain, account } = desk
    const operator = account.address
    const payout = options.to ?? operator
    const { payout: before } = await getStake(chain, { operator }, { signal: scene.signal })
    const plan: Plan = {
      intent: `Pay the rewards of ${operator} to ${payout}.`,
      afterwards: [
        `every claim for it, also of what it has earned before, is paid to ${payout}, no longer to ${before}`,
      ],
      facts: { operator, payout, before },
      requests: [setPayout(chain.deployment, { payout })],
    }
    await transact(plan, desk, options, scene)
  },
})
