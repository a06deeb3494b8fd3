// `tessera stake thaw`: what has cooled since a coordinator released it becomes free, for anyone's withdrawal.

import { getPool } from '@tessera/chain/actions/getPool'
import { thaw } from '@tessera/chain/actions/thaw'
import { pinned } from '@tessera/chain/pin'
import type { Desk, Plan } from '@tessera/chain/plans/plan'
import { freeOf, thawableOf } from '@tessera/chain/plans/pools'
import { tokens } from '@tessera/chain/plans/texts'
import { TesseraError } from '@tessera/protocol/errors'
import type { Hex } from '@tessera/protocol/hex'
import { defineCommand, type Scene } from '../command.ts'
import { poolOption } from '../operator.ts'
import { moneyOptions, openDesk, transact } from '../transact.ts'

export const stakeThaw = defineCommand({
  name: 'stake thaw',
  summary:
    'Frees stake of an operator that a coordinator has released and that has cooled; anyone may do that for anyone.',
  options: {
    ...poolOption,
    manager: {
      flag: 'manager',
      env: 'TESSERA_MANAGER',
      type: 'address',
      description: 'Address of the coordinator; the one of the deployment if not given',
    },
    ...moneyOptions,
  },
  async run(options, scene) {
    const desk = await openDesk(options, scene)
    const { operator = desk.account.address, manager = desk.chain.deployment.runCoordinator } = options
    await transact(await planThaw(desk, { operator, manager }, scene), desk, options, scene)
  },
})

/** Errors: `stake/nothing-cooled`. */
export async function planThaw(
  { chain }: Desk,
  { operator, manager }: { readonly operator: Hex; readonly manager: Hex },
  { signal }: Pick<Scene, 'signal'>,
): Promise<Plan> {
  const at = await pinned(chain, { signal })
  const pool = await getPool(chain, { operator }, at)
  const thawable = await thawableOf(chain, pool, { operator, manager }, at)
  if (thawable === 0n)
    throw new TesseraError('stake/nothing-cooled', `nothing that ${manager} has released of ${operator} has cooled`, {
      hint:
        pool.cooling === 0n
          ? `No stake of the operator cools; ${tokens(pool.locked)} are locked in runs`
          : `${tokens(pool.cooling)} still cool: try again later`,
      context: { operator, manager, cooling: pool.cooling, locked: pool.locked },
    })
  return {
    intent: `Free what has cooled of the stake of ${operator} since the coordinator ${manager} released it.`,
    afterwards: [
      `up to ${tokens(freeOf(pool) + thawable)} of its pool can be withdrawn, and ${tokens(freeOf(pool))} now`,
    ],
    facts: { operator, manager, thawable, freeBefore: freeOf(pool) },
    requests: [thaw(chain.deployment, { operator, manager })],
  }
}
