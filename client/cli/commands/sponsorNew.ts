// `tessera sponsor new`: the wallet pays the epochs of a run to come, in any ERC-20.

import { getSponsorships } from '@tessera/chain/actions/getSponsorships'
import type { Chain } from '@tessera/chain/clients'
import { type RunOf, runText } from '@tessera/chain/plans/runs'
import { planSponsorship } from '@tessera/chain/plans/sponsorship'
import { type Hex, sameHex } from '@tessera/protocol/hex'
import { defineCommand, type Scene, writeLine } from '../command.ts'
import { runOption } from '../network.ts'
import { managerOption } from '../runs.ts'
import { amountOption, moneyOptions, openDesk, transact } from '../transact.ts'

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

async function newestOwn(
  chain: Chain,
  { manager, run, token }: RunOf & { readonly token: Hex },
  owner: Hex,
  { signal }: Pick<Scene, 'signal'>,
): Promise<bigint | undefined> {
  const { sponsorships } = await getSponsorships(chain, { manager, run, most: LOOKED_AT }, { signal })
  return sponsorships.find((found) => sameHex(found.sponsor, owner) && sameHex(found.token, token))?.source
}
