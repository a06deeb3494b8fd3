// Stake begins to leave a pool, with a ticket.

import { TesseraError } from '@tessera/protocol/errors'
import type { Hex } from '@tessera/protocol/hex'
import { getPool } from '../actions/getPool.ts'
import { getPosition } from '../actions/getPosition.ts'
import { getUnbondingSeconds } from '../actions/getUnbondingSeconds.ts'
import { requestUnbond } from '../actions/requestUnbond.ts'
import { pinned } from '../pin.ts'
import { sharesWorth } from '../poolShares.ts'
import type { ReadOptions } from '../rpc.ts'
import type { Desk, Plan } from './plan.ts'
import { span, tokens } from './texts.ts'

/** Errors: `stake/how-much`, `stake/not-enough`. */
export async function planUnbond(
  { chain, account }: Desk,
  options: { readonly operator: Hex; readonly amount?: bigint | undefined; readonly all: boolean },
  { signal }: Pick<ReadOptions, 'signal'>,
): Promise<Plan & { readonly ticket: bigint }> {
  const { operator, all } = options
  if (all === (options.amount !== undefined))
    throw new TesseraError('stake/how-much', 'it is not said how much is to be taken out', {
      hint: 'Give either an amount or say all',
    })
  const holder = account.address
  const at = await pinned(chain, { signal })
  const [pool, position, seconds] = await Promise.all([
    getPool(chain, { operator }, at),
    getPosition(chain, { operator, holder }, at),
    getUnbondingSeconds(chain, at),
  ])
  const amount = options.amount ?? position.value
  if (position.shares === 0n || position.value < amount)
    throw notEnough({ operator, holder, amount, held: position.value })
  const shares = all ? position.shares : sharesWorth(pool, amount)
  const ticket = position.nextTicket
  const bondedAfterwards = pool.bonded - amount
  return {
    ticket,
    intent: `Start to unbond ${tokens(amount)} that ${holder} has with the operator ${operator}.`,
    afterwards: [
      `${tokens(position.value - amount)} of the wallet stay bonded there`,
      `ticket ${ticket}, of ${tokens(amount)}, can be withdrawn ${span(seconds)} from now, and cancelled until it is withdrawn`,
    ],
    warnings: [
      'it counts for votes and pay no more, and can be slashed until it is withdrawn',
      ...(pool.locked > bondedAfterwards
        ? ['runs have locked more than will stay bonded: it is paid only once the operator has left enough of them']
        : []),
    ],
    facts: { amount, shares, operator, ticket, readyAfterSeconds: seconds, stakeAfterwards: position.value - amount },
    requests: [requestUnbond(chain.deployment, { operator, shares })],
  }
}

function notEnough(context: { operator: Hex; holder: Hex; amount: bigint; held: bigint }): TesseraError {
  const { operator, holder, amount, held } = context
  return new TesseraError(
    'stake/not-enough',
    `${holder} has ${tokens(held)} bonded with the operator ${operator}, not ${tokens(amount)}`,
    { hint: 'Give a smaller amount, or say all', context },
  )
}
