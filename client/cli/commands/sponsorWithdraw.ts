// `tessera sponsor withdraw`: the sponsor takes back what no epoch that has opened holds.

import { withdrawSponsorship } from '@tessera/chain/actions/withdrawSponsorship'
import { pinned } from '@tessera/chain/pin'
import { TesseraError } from '@tessera/protocol/errors'
import type { Hex } from '@tessera/protocol/hex'
import { defineCommand, type Scene } from '../command.ts'
import { runText } from '../runs.ts'
import { ownSponsorship, paysText, type SourceOf, sourceOf, sponsorshipOptions } from '../sponsorships.ts'
import { amountText, countedTokenAt, tokenAt, tokenWarnings, unitsOf } from '../tokenAmounts.ts'
import { amountOption, type Desk, moneyOptions, openDesk, type Plan, transact } from '../transact.ts'

const { amount } = amountOption('Tokens to take back')

export const sponsorWithdraw = defineCommand({
  name: 'sponsor withdraw',
  summary: 'Takes back what no opened epoch of a sponsorship of the wallet holds.',
  options: {
    ...sponsorshipOptions,
    amount: { ...amount, required: false },
    all: {
      flag: 'all',
      env: 'TESSERA_ALL',
      type: 'boolean',
      description: 'Take back all that is free, instead of an amount',
    },
    to: {
      flag: 'to',
      env: 'TESSERA_TO',
      type: 'address',
      description: 'Who gets the tokens; the wallet if not given',
    },
    ...moneyOptions,
  },
  async run(options, scene) {
    const desk = await openDesk(options, scene)
    const { to = desk.account.address, all } = options
    const what = { ...sourceOf(desk.chain, options), amount: options.amount, all, to }
    await transact(await planSponsorWithdrawal(desk, what, scene), desk, options, scene)
  },
})

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
  { signal }: Pick<Scene, 'signal'>,
): Promise<Plan> {
  if (all === (given !== undefined))
    throw new TesseraError('sponsor/how-much', 'it is not said how much is to be taken back', {
      hint: 'Give either --amount or --all',
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
        hint: 'Epochs that have opened hold the rest: it is earned, or goes back by `tessera sponsor reclaim`',
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
