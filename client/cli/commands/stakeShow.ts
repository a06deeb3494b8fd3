// `tessera stake show`: what the contracts know of an operator, all of one block. Needs no password, and no wallet if it is named.

import { printable } from '@tessera/agent/printable'
import { getCredit } from '@tessera/chain/actions/getCredit'
import { getStake } from '@tessera/chain/actions/getStake'
import { getTokenBalance } from '@tessera/chain/actions/getTokenBalance'
import { isManagerAllowed } from '@tessera/chain/actions/isManagerAllowed'
import { pinned } from '@tessera/chain/pin'
import { getBalance } from '@tessera/chain/rpc'
import { defineCommand, writeLine } from '../command.ts'
import { chainOptions, jsonOption, openNetwork } from '../network.ts'
import { NO_ONE, namedOrOwnOperator, operatorOption } from '../operator.ts'
import { ether, json, moment, table, tokens } from '../texts.ts'
import { folderOption, walletOptions } from '../wallets.ts'

export const stakeShow = defineCommand({
  name: 'stake show',
  summary: 'Shows what an operator has bonded, what is locked, what leaves, and who acts for it.',
  options: { ...operatorOption, wallet: walletOptions.wallet, ...folderOption, ...chainOptions, ...jsonOption },
  async run(options, scene) {
    const { signal } = scene
    const chain = await openNetwork(options, scene)
    const at = await pinned(chain, { signal })
    const operator = await namedOrOwnOperator(chain, options, scene)
    const manager = chain.deployment.runCoordinator
    const [stake, credit, balance, wei, mayLock] = await Promise.all([
      getStake(chain, { operator }, at),
      getCredit(chain, { operator }, at),
      getTokenBalance(chain, { account: operator }, at),
      getBalance(chain, operator, signal),
      isManagerAllowed(chain, { operator, manager }, at),
    ])
    const { bonded, locked, unbonding, readyAt, delegate, payout, endpoint } = stake
    if (options.json) {
      const facts = { ...stake, claimable: credit, tokens: balance, wei, coordinatorMayLock: mayLock }
      return writeLine(scene, json({ operator, blockNumber: at.blockNumber, ...facts }))
    }
    const rows = [
      ['operator', operator],
      ['holds', `${tokens(balance)}, ${ether(wei)}`],
      ['bonded', `${tokens(bonded)}: ${tokens(locked)} locked in runs, ${tokens(bonded - locked)} free`],
      ['unbonding', unbonding === 0n ? 'nothing' : `${tokens(unbonding)}, can be withdrawn from ${moment(readyAt)} on`],
      ['claimable', `${tokens(credit)}, paid to ${payout === operator ? 'itself' : payout}`],
      ['delegate key', delegate === NO_ONE ? 'none' : delegate],
      ['endpoint', endpoint === '' ? 'none' : printable(endpoint)],
      ['coordinator', `${mayLock ? 'may' : 'may not'} lock its stake`],
    ] as const
    for (const line of table(rows)) writeLine(scene, line)
  },
})
