// An account pays the epochs of a run to come, in any ERC-20.

import type { Hex } from '@tessera/protocol/hex'
import { getNextEpoch } from '../actions/getNextEpoch.ts'
import { sponsor } from '../actions/sponsor.ts'
import { pinned } from '../pin.ts'
import type { ReadOptions } from '../rpc.ts'
import type { Desk, Plan } from './plan.ts'
import { checkRun, foreignWarnings, type RunOf, runText } from './runs.ts'
import { paysText, prepareGift } from './sponsorships.ts'
import { amountText, countedTokenAt, tokenWarnings, unitsOf } from './tokenAmounts.ts'

interface Offer extends RunOf {
  readonly token: Hex
  /** With 18 decimals, whatever the token has; so the next. */
  readonly amount: bigint
  readonly perEpoch: bigint
}

/** Errors: `run/unknown`, `sponsor/bad-token`, `sponsor/too-precise`, `sponsor/too-few-tokens`. */
export async function planSponsorship(
  { chain, account }: Desk,
  { manager, run, ...offer }: Offer,
  { signal }: Pick<ReadOptions, 'signal'>,
): Promise<Plan> {
  const of = { manager, run }
  const owner = account.address
  const at = await pinned(chain, { signal })
  await checkRun(chain, of, at)
  const token = await countedTokenAt(chain, offer.token, at)
  const [budget, perEpoch] = [unitsOf(offer.amount, token), unitsOf(offer.perEpoch, token)]
  const { approvals, left } = await prepareGift(chain, { owner, token, amount: budget }, at)
  const { epoch: first } = await getNextEpoch(chain, of, at)
  const terms = { first, budget, perEpoch }
  return {
    intent: `Sponsor ${runText(chain, of)} with ${amountText(budget, token)} of ${owner}.`,
    afterwards: [`it pays ${paysText(terms, token)}`, `the wallet holds ${amountText(left, token)}`],
    warnings: [
      ...tokenWarnings(token),
      'what no opened epoch holds can be withdrawn, and what settled epochs did not earn can be reclaimed',
      'who earns it is for the coordinator to say; what the escrow receives counts, should the token take a fee',
      ...foreignWarnings(chain, [manager]),
    ],
    facts: { ...of, token: token.token, decimals: token.decimals, amount: budget, perEpoch, firstEpoch: first, left },
    requests: [...approvals, sponsor(chain.deployment, { ...of, token: token.token, amount: budget, perEpoch })],
  }
}
