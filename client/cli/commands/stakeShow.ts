// `tessera stake show`: what the contracts know of an operator and of what a holder has with it, all of one block. Needs no password,
// and no wallet if the operator is named.

import type { Resolved } from '@tessera/agent/optionTable'
import { printable } from '@tessera/agent/printable'
import { getCommission } from '@tessera/chain/actions/getCommission'
import { getPool } from '@tessera/chain/actions/getPool'
import { getPosition } from '@tessera/chain/actions/getPosition'
import { getStake } from '@tessera/chain/actions/getStake'
import { getTokenBalance } from '@tessera/chain/actions/getTokenBalance'
import { isManagerAllowed } from '@tessera/chain/actions/isManagerAllowed'
import type { Chain } from '@tessera/chain/clients'
import { commissionText, lockableOf } from '@tessera/chain/plans/pools'
import { ether, moment, tokens } from '@tessera/chain/plans/texts'
import { getBalance, getHead } from '@tessera/chain/rpc'
import type { Hex } from '@tessera/protocol/hex'
import { defineCommand, type Scene, writeLine } from '../command.ts'
import { chainOptions, jsonOption, openNetwork } from '../network.ts'
import { NO_ONE, namedOrOwnOperator, operatorOption } from '../operator.ts'
import { json, table } from '../texts.ts'
import { findWallet, folderOption, walletOptions } from '../wallets.ts'

const holderOption = {
  holder: {
    flag: 'holder',
    env: 'TESSERA_HOLDER',
    type: 'address',
    description: 'Whose part of the pool is shown; the wallet’s if one is named, else the operator’s own',
  },
} as const

export const stakeShow = defineCommand({
  name: 'stake show',
  summary:
    'Shows the pool of an operator, what is locked, its commission and keys, and what a holder has there and takes out.',
  options: {
    ...operatorOption,
    ...holderOption,
    wallet: walletOptions.wallet,
    ...folderOption,
    ...chainOptions,
    ...jsonOption,
  },
  async run(options, scene) {
    const chain = await openNetwork(options, scene)
    const operator = await namedOrOwnOperator(chain, options, scene)
    const holder = options.holder ?? (await walletsAddress(options, scene)) ?? operator
    const seen = await look(chain, { operator, holder }, scene)
    if (options.json) {
      const { stake, now: _, ...facts } = seen
      return writeLine(scene, json({ ...facts, ...stake }))
    }
    for (const line of describe(seen)) writeLine(scene, line)
  },
})

async function walletsAddress(
  options: Pick<Resolved<typeof walletOptions>, 'wallet' | 'wallets'>,
  scene: Scene,
): Promise<Hex | undefined> {
  return options.wallet === undefined ? undefined : (await findWallet(options, scene)).address
}

/** Everything, of the newest block. */
export async function look(
  chain: Chain,
  { operator, holder }: { readonly operator: Hex; readonly holder: Hex },
  { signal }: Pick<Scene, 'signal'>,
) {
  const { number: blockNumber, timestamp: now } = await getHead(chain, signal)
  const at = { signal, blockNumber }
  const manager = chain.deployment.runCoordinator
  const [stake, pool, position, own, commission, balance, wei, coordinatorMayLock] = await Promise.all([
    getStake(chain, { operator }, at),
    getPool(chain, { operator }, at),
    getPosition(chain, { operator, holder }, at),
    getPosition(chain, { operator, holder: operator }, at),
    getCommission(chain, { operator }, at),
    getTokenBalance(chain, { account: operator }, at),
    getBalance(chain, operator, signal),
    isManagerAllowed(chain, { operator, manager }, at),
  ])
  const operatorsOwn = own.value
  return {
    ...{ operator, holder, blockNumber, now, stake, pool, position, operatorsOwn },
    ...{ commission, tokens: balance, wei, coordinatorMayLock },
  }
}

/** Lines for people. */
export function describe(seen: Awaited<ReturnType<typeof look>>): readonly string[] {
  const { operator, holder, now, stake, pool, position } = seen
  const { bonded, locked, unbonding, delegate, payout, endpoint } = stake
  const tickets = position.tickets.map(({ ticket, value, readyAt }) => {
    const when = readyAt <= now ? 'its delay has passed' : `can be withdrawn from ${moment(readyAt)} on`
    return [`ticket ${ticket}`, `${tokens(value)}, ${when}`] as const
  })
  return table([
    ['operator', operator],
    ['holds', `${tokens(seen.tokens)}, ${ether(seen.wei)}`],
    ['pool', `${tokens(bonded)} bonded, of which ${tokens(seen.operatorsOwn)} its own; ${tokens(unbonding)} unbonding`],
    [
      'locked',
      `${tokens(locked)} in runs, ${tokens(pool.cooling)} cooling after them; ${tokens(lockableOf(pool))} free`,
    ],
    ...(locked > bonded ? [['short', 'holders wait for stake that is locked in runs'] as const] : []),
    ['commission', commissionText(seen.commission)],
    ['rewards', `are paid to ${payout === operator ? 'itself' : payout}; \`tessera claim show\` lists them`],
    ['delegate key', delegate === NO_ONE ? 'none' : delegate],
    ['endpoint', endpoint === '' ? 'none' : printable(endpoint)],
    ['coordinator', `${seen.coordinatorMayLock ? 'may' : 'may not'} lock its stake`],
    ['holder', holder === operator ? 'the operator itself' : holder],
    ['position', `${tokens(position.value)} bonded`],
    ...tickets,
  ])
}
