// More money for a sponsorship, one's own or another's.

import { TesseraError } from '@tessera/protocol/errors'
import { sameHex } from '@tessera/protocol/hex'
import { getNextEpoch } from '../actions/getNextEpoch.ts'
import { topUpSponsorship } from '../actions/topUpSponsorship.ts'
import { pinned } from '../pin.ts'
import type { ReadOptions } from '../rpc.ts'
import type { Desk, Plan } from './plan.ts'
import { runText } from './runs.ts'
import { endOf, paysText, prepareGift, type SourceOf, sponsorshipAt } from './sponsorships.ts'
import { amountText, countedTokenAt, tokenWarnings, unitsOf } from './tokenAmounts.ts'

/** Errors: `sponsor/unknown`, `sponsor/spent`, `sponsor/bad-token`, `sponsor/too-precise`, `sponsor/too-few-tokens`. */
export async function planTopUp(
  { chain, account }: Desk,
  { amount: given, ...of }: SourceOf & { /** With 18 decimals. */ readonly amount: bigint },
  { signal }: Pick<ReadOptions, 'signal'>,
): Promise<Plan> {
  const owner = account.address
  const at = await pinned(chain, { signal })
  const found = await sponsorshipAt(chain, of, at)
  const { epoch } = await getNextEpoch(chain, of, at)
  if (found.budget < (epoch - found.first) * found.perEpoch)
    throw new TesseraError('sponsor/spent', `sponsorship ${of.source} could not pay an epoch in full and has ended`, {
      hint: 'Sponsor the run anew',
      context: { ...of, end: endOf(found), nextEpoch: epoch },
    })
  const token = await countedTokenAt(chain, found.token, at)
  const amount = unitsOf(given, token)
  const { approvals, left } = await prepareGift(chain, { owner, token, amount }, at)
  const after = { ...found, budget: found.budget + amount }
  return {
    intent: `Add ${amountText(amount, token)} of ${owner} to sponsorship ${of.source} of ${runText(chain, of)}.`,
    afterwards: [`it pays ${paysText(after, token)}`, `the wallet holds ${amountText(left, token)}`],
    warnings: [
      ...tokenWarnings(token),
      ...(sameHex(found.sponsor, owner) ? [] : [`it is a gift to ${found.sponsor}, who can withdraw it`]),
    ],
    facts: { ...of, token: token.token, decimals: token.decimals, amount, budgetAfterwards: after.budget, left },
    requests: [...approvals, topUpSponsorship(chain.deployment, { ...of, amount })],
  }
}
