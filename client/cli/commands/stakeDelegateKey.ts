// `tessera stake delegate-key`: the hot key that acts for the operator, so that its own key can stay offline.

import { getStake } from '@tessera/chain/actions/getStake'
import { setDelegate } from '@tessera/chain/actions/setDelegate'
import type { Plan } from '@tessera/chain/plans/plan'
import { defineCommand } from '../command.ts'
import { NO_ONE } from '../operator.ts'
import { moneyOptions, openDesk, transact } from '../transact.ts'

export const stakeDelegateKey = defineCommand({
  name: 'stake delegate-key',
  summary: 'Names the hot key that acts for the wallet in runs: the key of its miner or validator.',
  options: {
    key: {
      flag: 'key',
      env: 'TESSERA_DELEGATE_KEY',
      type: 'address',
      required: true,
      description: 'Address of the hot key; the zero address names none',
    },
    ...moneyOptions,
  },
  async run(options, scene) {
    const desk = await openDesk(options, scene)
    const { chain, account } = desk
    const operator = account.address
    const { key } = options
    const { delegate } = await getStake(chain, { operator }, { signal: scene.signal })
    const plan: Plan = {
      intent:
        key === NO_ONE
          ? `Take the delegate key of ${operator} away.`
          : `Let the key ${key} act for ${operator} in runs.`,
      afterwards: [
        ...(delegate === NO_ONE || delegate === key ? [] : [`${delegate} acts for it no longer`]),
        ...(key === NO_ONE
          ? ['only the wallet itself acts for it']
          : ['it can mine, validate and vote, but move no stake']),
      ],
      facts: { operator, delegate: key, before: delegate },
      requests: [setDelegate(chain.deployment, { delegate: key })],
    }
    await transact(plan, desk, options, scene)
  },
})
