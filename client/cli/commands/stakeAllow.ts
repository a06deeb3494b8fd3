// `tessera stake allow`: the consent of an operator that a coordinator locks its stake.

import { allowManager } from '@tessera/chain/actions/allowManager'
import { getStake } from '@tessera/chain/actions/getStake'
import { defineCommand } from '../command.ts'
import { tokens } from '../texts.ts'
import { moneyOptions, openDesk, type Plan, transact } from '../transact.ts'

export const stakeAllow = defineCommand({
  name: 'stake allow',
  summary: 'Lets a coordinator lock stake of the wallet, which joining a run needs; or ends that.',
  options: {
    manager: {
      flag: 'manager',
      env: 'TESSERA_MANAGER',
      type: 'address',
      description: 'Address of the coordinator; the one of the deployment if not given',
    },
    revoke: {
      flag: 'revoke',
      env: 'TESSERA_REVOKE',
      type: 'boolean',
      description: 'End it; what is locked stays until the coordinator releases it',
    },
    ...moneyOptions,
  },
  async run(options, scene) {
    const desk = await openDesk(options, scene)
    const { chain, account } = desk
    const operator = account.address
    const manager = options.manager ?? chain.deployment.runCoordinator
    const allowed = !options.revoke
    const { bonded, locked } = await getStake(chain, { operator }, { signal: scene.signal })
    const foreign = manager !== chain.deployment.runCoordinator
    const plan: Plan = {
      intent: allowed
        ? `Let the coordinator ${manager} lock and slash stake of ${operator}.`
        : `Let the coordinator ${manager} lock no more stake of ${operator}.`,
      afterwards: allowed
        ? [`it may lock up to ${tokens(bonded - locked)} of free stake, when the operator joins a run`]
        : [`what it has locked stays locked and can be slashed until it releases it`],
      warnings: allowed && foreign ? ['it is not the coordinator of this deployment: it can take all free stake'] : [],
      facts: { operator, manager, allowed },
      requests: [allowManager(chain.deployment, { manager, allowed })],
    }
    await transact(plan, desk, options, scene)
  },
})
