// `tessera stake unbond`: free stake begins to leave the vault.

import { getStake } from '@tessera/chain/actions/getStake'
import { getUnbondingSeconds } from '@tessera/chain/actions/getUnbondingSeconds'
import { requestUnbond } from '@tessera/chain/actions/requestUnbond'
import { pinned } from '@tessera/chain/pin'
import { TesseraError } from '@tessera/protocol/errors'
import { defineCommand } from '../command.ts'
import { span, tokens } from '../texts.ts'
import { amountOption, moneyOptions, openDesk, type Plan, transact } from '../transact.ts'

export const stakeUnbond = defineCommand({
  name: 'stake unbond',
  summary: 'Starts to take free stake of the wallet out; `stake withdraw` pays it once its delay has passed.',
  options: { ...amountOption('Free stake to take out'), ...moneyOptions },
  async run(options, scene) {
    const desk = await openDesk(options, scene)
    const { chain, account } = desk
    const { amount } = options
    const operator = account.address
    const at = await pinned(chain, { signal: scene.signal })
    const [{ bonded, locked, unbonding }, seconds] = await Promise.all([
      getStake(chain, { operator }, at),
      getUnbondingSeconds(chain, at),
    ])
    const free = bonded - locked
    if (free < amount) throw notFree(operator, { free, locked, amount })
    const plan: Plan = {
      intent: `Start to unbond ${tokens(amount)} of the stake of ${operator}.`,
      afterwards: [
        `${tokens(bonded - amount)} stay bonded, of which ${tokens(free - amount)} are free`,
        `${tokens(unbonding + amount)} can be withdrawn ${span(seconds)} from now, and can be slashed until then`,
      ],
      warnings: unbonding === 0n ? [] : [`${tokens(unbonding)} that unbond already wait from the start again`],
      facts: { amount, operator, bondedAfterwards: bonded - amount, unbondingAfterwards: unbonding + amount, seconds },
      requests: [requestUnbond(chain.deployment, { amount })],
    }
    await transact(plan, desk, options, scene)
  },
})

function notFree(operator: string, stake: { free: bigint; locked: bigint; amount: bigint }): TesseraError {
  const { free, locked, amount } = stake
  return new TesseraError(
    'stake/not-free',
    `${operator} has ${tokens(free)} of free stake, not ${tokens(amount)}; ${tokens(locked)} are locked in runs`,
    { hint: 'Unbond less, or leave the runs first', context: stake },
  )
}
