// Stake that unbonds is bonded again.

import type { Hex } from '@tessera/protocol/hex'
import { cancelUnbond } from '../actions/cancelUnbond.ts'
import { getPosition } from '../actions/getPosition.ts'
import type { ReadOptions } from '../rpc.ts'
import type { Desk, Plan } from './plan.ts'
import { ticketNumbered } from './pools.ts'
import { tokens } from './texts.ts'

/** Errors: `stake/unknown-ticket`. */
export async function planCancellation(
  { chain, account }: Desk,
  { operator, ticket: number }: { readonly operator: Hex; readonly ticket: number },
  { signal }: Pick<ReadOptions, 'signal'>,
): Promise<Plan> {
  const holder = account.address
  const { value: bonded, tickets } = await getPosition(chain, { operator, holder }, { signal })
  const { ticket, value } = ticketNumbered(tickets, number, holder)
  return {
    intent: `Bond ${tokens(value)} of ${holder} again with the operator ${operator}, and give ticket ${ticket} up.`,
    afterwards: [`the wallet has ${tokens(bonded + value)} bonded there`],
    warnings: ['to take it out later, its delay begins anew'],
    facts: { amount: value, operator, ticket, stakeAfterwards: bonded + value },
    requests: [cancelUnbond(chain.deployment, { operator, ticket })],
  }
}
