// `tessera stake deposit`: tokens of the wallet become bonded stake. Approves exactly the amount first, if need be.

import { approve } from '@tessera/chain/actions/approve'
import { deposit } from '@tessera/chain/actions/deposit'
import { getAllowance } from '@tessera/chain/actions/getAllowance'
import { getStake } from '@tessera/chain/actions/getStake'
import { getTokenBalance } from '@tessera/chain/actions/getTokenBalance'
import { pinned } from '@tessera/chain/pin'
import { TesseraError } from '@tessera/protocol/errors'
import { defineCommand } from '../command.ts'
import { tokens } from '../texts.ts'
import { amountOption, moneyOptions, openDesk, type Plan, transact } from '../transact.ts'

export const stakeDeposit = defineCommand({
  name: 'stake deposit',
  summary: 'Bonds tokens of the wallet as stake of an operator.',
  options: {
    ...amountOption('Tokens to bond'),
    operator: {
      flag: 'operator',
      env: 'TESSERA_OPERATOR',
      type: 'address',
      description: 'Operator whose stake it becomes; the wallet itself if not given',
    },
    ...moneyOptions,
  },
  async run(options, scene) {
    const desk = await openDesk(options, scene)
    const { chain, account } = desk
    const { deployment } = chain
    const { amount } = options
    const owner = account.address
    const operator = options.operator ?? owner
    const spender = deployment.stakeVault
    const at = await pinned(chain, { signal: scene.signal })
    const [balance, allowance, { bonded, locked }] = await Promise.all([
      getTokenBalance(chain, { account: owner }, at),
      getAllowance(chain, { owner, spender }, at),
      getStake(chain, { operator }, at),
    ])
    if (balance < amount) throw tooFewTokens(owner, balance, amount)
    const plan: Plan = {
      intent: `Deposit ${tokens(amount)} from ${owner} as stake of the operator ${operator}.`,
      afterwards: [
        `the operator has ${tokens(bonded + amount)} bonded, of which ${tokens(bonded + amount - locked)} are free`,
        `the wallet holds ${tokens(balance - amount)}`,
      ],
      warnings: operator === owner ? [] : [`this is a gift: only ${operator} can ever withdraw it`],
      facts: { amount, operator, bondedAfterwards: bonded + amount, tokensAfterwards: balance - amount },
      requests: [
        // For this amount only, so that nothing can be taken later.
        ...(allowance < amount ? [approve(deployment, { spender, amount })] : []),
        deposit(deployment, { operator, amount }),
      ],
    }
    await transact(plan, desk, options, scene)
  },
})

function tooFewTokens(owner: string, balance: bigint, amount: bigint): TesseraError {
  return new TesseraError('stake/too-few-tokens', `${owner} holds ${tokens(balance)}, not ${tokens(amount)}`, {
    hint: 'Deposit less, or give --wallet with another wallet',
    context: { balance, amount },
  })
}
