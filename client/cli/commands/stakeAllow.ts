// `tessera stake allow`: the consent of an operator that a coordinator locks its stake.

import { allowManager } from '@tessera/chain/actions/allowManager'
import { getCommissionDelay } from '@tessera/chain/actions/getCommissionDelay'
import { getPool, type HeldPool } from '@tessera/chain/actions/getPool'
import { getPosition } from '@tessera/chain/actions/getPosition'
import { isManagerAllowed } from '@tessera/chain/actions/isManagerAllowed'
import { pinned } from '@tessera/chain/pin'
import type { Desk, Plan } from '@tessera/chain/plans/plan'
import { lockableOf } from '@tessera/chain/plans/pools'
import { span, tokens } from '@tessera/chain/plans/texts'
import type { Hex } from '@tessera/protocol/hex'
import { defineCommand, type Scene } from '../command.ts'
import { moneyOptions, openDesk, transact } from '../transact.ts'

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
    const { manager = desk.chain.deployment.runCoordinator } = options
    await transact(await planConsent(desk, { manager, allowed: !options.revoke }, scene), desk, options, scene)
  },
})

export async function planConsent(
  { chain, account }: Desk,
  { manager, allowed }: { readonly manager: Hex; readonly allowed: boolean },
  { signal }: Pick<Scene, 'signal'>,
): Promise<Plan> {
  const operator = account.address
  const facts = { operator, manager, allowed }
  const requests = [allowManager(chain.deployment, facts)]
  if (!allowed)
    return {
      intent: `Let the coordinator ${manager} lock no more stake of ${operator}.`,
      afterwards: ['what it has locked stays locked and can be slashed until it releases it'],
      facts,
      requests,
    }
  const at = await pinned(chain, { signal })
  const [pool, { shares, value }, already, seconds] = await Promise.all([
    getPool(chain, { operator }, at),
    getPosition(chain, { operator, holder: operator }, at),
    isManagerAllowed(chain, { operator, manager }, at),
    getCommissionDelay(chain, at),
  ])
  const waits = !already && !isOwnPool(pool, shares)
  const foreign = manager !== chain.deployment.runCoordinator
  return {
    intent: `Let the coordinator ${manager} lock and slash stake of ${operator}.`,
    afterwards: [`it may lock up to ${tokens(lockableOf(pool))} of free stake, when the operator joins a run`],
    warnings: [
      ...(waits
        ? [
            `others hold more than a tenth of the pool (${tokens(value)} are its own), so it counts only in ${span(seconds)}`,
          ]
        : []),
      ...(foreign ? ['it is not the coordinator of this deployment: it can take all free stake'] : []),
    ],
    facts: { ...facts, countsAfterSeconds: waits ? seconds : 0n },
    requests,
  }
}

/** The rule of the vault: while others, or tickets, have more than a tenth of the shares, consent waits. */
function isOwnPool(pool: HeldPool, own: bigint): boolean {
  return (pool.shares - own) * 10n <= pool.shares
}
