// Dues are paid to those who have earned them. Anyone may see to it, for anyone.

import { type Hex, lowerHex, sameHex } from '@tessera/protocol/hex'
import { getStake } from '../actions/getStake.ts'
import { inBatches } from '../batches.ts'
import type { Chain } from '../clients.ts'
import type { ReadOptions } from '../rpc.ts'
import { batchesOf, type Due, dueText, isDirect, MAX_CALLS, requestOf, totalsOf, totalText } from './dues.ts'
import type { Desk, Plan } from './plan.ts'
import { amountText, tokenWarnings } from './tokenAmounts.ts'

export interface PaymentPlan extends Plan {
  readonly facts: Plan['facts'] & { readonly payees: readonly Hex[] }
}

/**
 * Some transactions at once; what they have no room for is left.
 * @param dues One at least.
 */
export async function planPayment(
  { chain, account }: Desk,
  dues: readonly Due[],
  at: ReadOptions,
): Promise<PaymentPlan> {
  const batches = batchesOf(dues)
  const taken = batches.slice(0, MAX_CALLS)
  const claimed = taken.flat()
  const left = batches.slice(MAX_CALLS).flat()
  const payees = await payeesOf(chain, claimed, at)
  const own = payees.every(({ to }) => sameHex(to, account.address))
  const none = payees.every(({ to }) => !sameHex(to, account.address))
  return {
    intent: `Claim ${totalText(claimed)} that ${earnersText(claimed)}.`,
    afterwards: [
      ...payees.flatMap(({ to, dues }) =>
        totalsOf(dues).map(({ token, amount }) => `${to} has ${amountText(amount, token)} more`),
      ),
      ...claimed.map(dueText),
    ],
    warnings: [
      ...(none ? ['the wallet pays for the gas and gets nothing of it'] : []),
      ...(own || none ? [] : ['not all of it comes to the wallet']),
      ...(left.length > 0 ? [`${totalText(left)} are left: call it again after this`] : []),
      ...totalsOf(claimed).flatMap(({ token }) => tokenWarnings(token)),
    ],
    facts: { payees: payees.map(({ to }) => to), totals: totalsOf(claimed), claims: claimed, left: totalsOf(left) },
    requests: taken.map((batch) => requestOf(chain.deployment, batch)),
  }
}

/** Holders are paid themselves; an operator, and the owner of a run, where they said. */
async function payeesOf(
  chain: Chain,
  dues: readonly Due[],
  at: ReadOptions,
): Promise<readonly { readonly to: Hex; readonly dues: readonly Due[] }[]> {
  const operators = [...new Set(dues.filter((due) => !isDirect(due)).map(({ operator }) => lowerHex(operator)))]
  const payouts = await inBatches(operators, async (operator) => (await getStake(chain, { operator }, at)).payout)
  const to = (due: Due): Hex =>
    isDirect(due) ? due.holder : (payouts[operators.indexOf(lowerHex(due.operator))] ?? due.operator)
  return [...Map.groupBy(dues, to)].map(([payee, theirs]) => ({ to: payee, dues: theirs }))
}

function earnersText(dues: readonly Due[]): string {
  const texts = dues.map((due) =>
    isDirect(due) ? `${due.holder} has earned with the operator ${due.operator}` : `${due.operator} has earned`,
  )
  const [first = '', ...others] = new Set(texts)
  if (others.length === 0) return first
  const holders = new Set(dues.map((due) => lowerHex(isDirect(due) ? due.holder : due.operator)))
  const [holder] = holders
  return holders.size === 1 ? `${holder} has earned with ${others.length + 1} operators` : `${holders.size} have earned`
}
