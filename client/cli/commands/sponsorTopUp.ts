// `tessera sponsor top-up`: more money for a sponsorship, the wallet's own or another's.

import { getNextEpoch } from '@tessera/chain/actions/getNextEpoch'
import { topUpSponsorship } from '@tessera/chain/actions/topUpSponsorship'
import { pinned } from '@tessera/chain/pin'
import { TesseraError } from '@tessera/protocol/errors'
import { sameHex } from '@tessera/protocol/hex'
import { defineCommand, type Scene } from '../command.ts'
import { runText } from '../runs.ts'
import {
  endOf,
  paysText,
  prepareGift,
  type SourceOf,
  sourceOf,
  sponsorshipAt,
  sponsorshipOptions,
} from '../sponsorships.ts'
import { amountText, countedTokenAt, tokenWarnings, unitsOf } from '../tokenAmounts.ts'
import { amountOption, type Desk, moneyOptions, openDesk, type Plan, transact } from '../transact.ts'

export const sponsorTopUp = defineCommand({
  name: 'sponsor top-up',
  summary: 'Adds to the budget of a sponsorship; anyone may, and the sponsor can withdraw it.',
  options: { ...sponsorshipOptions, ...amountOption('Tokens to add'), ...moneyOptions },
  async run(options, scene) {
    const desk = await openDesk(options, scene)
    const what = { ...sourceOf(desk.chain, options), amount: options.amount }
    await transact(await planTopUp(desk, what, scene), desk, options, scene)
  },
})

/** Errors: `sponsor/unknown`, `sponsor/spent`, `sponsor/bad-token`, `sponsor/too-precise`, `sponsor/too-few-tokens`. */
export async function planTopUp(
  { chain, account }: Desk,
  { amount: given, ...of }: SourceOf & { /** With 18 decimals. */ readonly amount: bigint },
  { signal }: Pick<Scene, 'signal'>,
): Promise<Plan> {
  const owner = account.address
  const at = await pinned(chain, { signal })
  const found = await sponsorshipAt(chain, of, at)
  const { epoch } = await getNextEpoch(chain, of, at)
  if (found.budget < (epoch - found.first) * found.perEpoch)
    throw new TesseraError('sponsor/spent', `sponsorship ${of.source} could not pay an epoch in full and has ended`, {
      hint: 'Sponsor anew with `tessera sponsor new`',
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
