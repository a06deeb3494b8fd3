// `tessera sponsor new`: the wallet pays the epochs of a run to come, in any ERC-20.

import { getNextEpoch } from '@tessera/chain/actions/getNextEpoch'
import { getSponsorships } from '@tessera/chain/actions/getSponsorships'
import { sponsor } from '@tessera/chain/actions/sponsor'
import type { Chain } from '@tessera/chain/clients'
import { pinned } from '@tessera/chain/pin'
import { type Hex, sameHex } from '@tessera/protocol/hex'
import { defineCommand, type Scene, writeLine } from '../command.ts'
import { runOption } from '../network.ts'
import { checkRun, foreignWarnings, managerOption, type RunOf, runText } from '../runs.ts'
import { paysText, prepareGift } from '../sponsorships.ts'
import { amountText, countedTokenAt, tokenWarnings, unitsOf } from '../tokenAmounts.ts'
import { amountOption, type Desk, moneyOptions, openDesk, type Plan, transact } from '../transact.ts'

/** Newer ones of others may be there by the time that the wallet's own is looked for. */
const LOOKED_AT = 20

const { amount } = amountOption('Tokens to give in all')

export const sponsorNew = defineCommand({
  name: 'sponsor new',
  summary: 'Sponsors a run with any ERC-20: a fixed amount for each epoch that opens, until the budget is used up.',
  options: {
    ...runOption,
    token: {
      flag: 'token',
      env: 'TESSERA_SPONSOR_TOKEN',
      type: 'address',
      description: 'Address of the ERC-20; the token of the deployment if not given',
    },
    amount,
    perEpoch: {
      ...amount,
      flag: 'per-epoch',
      env: 'TESSERA_PER_EPOCH',
      description: 'Tokens for each epoch; the last one gets the rest',
    },
    ...managerOption,
    ...moneyOptions,
  },
  async run(options, scene) {
    const desk = await openDesk(options, scene)
    const { manager = desk.chain.deployment.runCoordinator, token = desk.chain.deployment.token } = options
    const offer = { ...options, manager, token, run: BigInt(options.run) }
    await transact(await planSponsorship(desk, offer, scene), desk, options, scene)
    if (options.dryRun || options.json) return
    const source = await newestOwn(desk.chain, offer, desk.account.address, scene)
    if (source !== undefined) writeLine(scene, `sponsorship ${source} of ${runText(desk.chain, offer)}`)
  },
})

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
  { signal }: Pick<Scene, 'signal'>,
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
      'what no opened epoch holds can be taken back by `tessera sponsor withdraw`, what epochs do not earn by `tessera sponsor reclaim`',
      'who earns it is for the coordinator to say; what the escrow receives counts, should the token take a fee',
      ...foreignWarnings(chain, [manager]),
    ],
    facts: { ...of, token: token.token, decimals: token.decimals, amount: budget, perEpoch, firstEpoch: first, left },
    requests: [...approvals, sponsor(chain.deployment, { ...of, token: token.token, amount: budget, perEpoch })],
  }
}

async function newestOwn(
  chain: Chain,
  { manager, run, token }: RunOf & { readonly token: Hex },
  owner: Hex,
  { signal }: Pick<Scene, 'signal'>,
): Promise<bigint | undefined> {
  const { sponsorships } = await getSponsorships(chain, { manager, run, most: LOOKED_AT }, { signal })
  return sponsorships.find((found) => sameHex(found.sponsor, owner) && sameHex(found.token, token))?.source
}
