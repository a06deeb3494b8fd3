// The sponsor takes back what no epoch that has opened holds.

import { TesseraError } from '@tessera/protocol/errors'
import type { Hex } from '@tessera/protocol/hex'
import { withdrawSponsorship } from '../actions/withdrawSponsorship.ts'
import { pinned } from '../pin.ts'
import type { ReadOptions } from '../rpc.ts'
import type { Desk, Plan } from './plan.ts'
import { runText } from './runs.ts'
import { ownSponsorship, paysText, type SourceOf } from './sponsorships.ts'
import { amountText, countedTokenAt, tokenAt, tokenWarnings, unitsOf } from './tokenAmounts.ts'

interface Withdrawal extends SourceOf {
  /** With 18 decimals, whatever the token has. */
  readonly amount: bigint | undefined
  readonly all: boolean
  readonly to: Hex
}

/** Errors: `sponsor/how-much`, `sponsor/unknown`, `sponsor/not-yours`, `sponsor/not-enough`, and those of an amount. */
export async function planSponsorWithdrawal(
  { chain, account }: Desk,
  { amount: given, all, to, ...of }: Withdrawal,
  { signal }: Pick<ReadOptions, 'signal'>,
): Promise<Plan> {
  if (all === (given !== undefined))
    throw new TesseraError('sponsor/how-much', 'it is not said how much is to be taken back', {
      hint: 'Give either an amount or say all',
    })
  const at = await pinned(chain, { signal })
  const found = await ownSponsorship(chain, of, account.address, at)
  // All can be taken back of a token that says nothing of itself, too.
  const token = await tokenAt(chain, found.token, at)
  const amount = given === undefined ? found.free : unitsOf(given, await countedTokenAt(chain, found.token, at))
  if (amount === 0n || amount > found.free)
    throw new TesseraError(
      'sponsor/not-enough',
      `${amountText(found.free, token)} of sponsorship ${of.source} are free`,
      {
        hint: 'Epochs that have opened hold the rest: it is earned, or can be reclaimed once they are settled',
        context: { ...of, free: found.free },
      },
    )
  const after = { ...found, budget: found.budget - amount }
  return {
    intent: `Take back ${amountText(amount, token)} of sponsorship ${of.source} of ${runText(chain, of)}, to ${to}.`,
    afterwards: [
      `with the epochs that have opened it pays ${paysText(after, token)}`,
      `${amountText(found.free - amount, token)} of it are free`,
    ],
    warnings: [...tokenWarnings(token)],
    facts: { ...of, token: token.token, decimals: token.decimals, amount, to, freeAfterwards: found.free - amount },
    requests: [withdrawSponsorship(chain.deployment, { ...of, amount, to })],
  }
}
