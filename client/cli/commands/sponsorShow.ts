// `tessera sponsor show`: what the reward escrow holds for the epochs of a run to come: its grant and its sponsorships, all of one
// block.

import { getNextEpoch, type NextEpoch } from '@tessera/chain/actions/getNextEpoch'
import type { Sponsorship } from '@tessera/chain/actions/getSponsorship'
import { getSponsorships } from '@tessera/chain/actions/getSponsorships'
import { inBatches } from '@tessera/chain/batches'
import type { Chain } from '@tessera/chain/clients'
import { pinned } from '@tessera/chain/pin'
import { checkRun, type RunOf, runText } from '@tessera/chain/plans/runs'
import { paysText } from '@tessera/chain/plans/sponsorships'
import { tokens } from '@tessera/chain/plans/texts'
import { amountText, type KnownToken, tokenAt } from '@tessera/chain/plans/tokenAmounts'
import type { Hex } from '@tessera/protocol/hex'
import { defineCommand, type Scene, writeLine } from '../command.ts'
import { chainOptions, jsonOption, openNetwork, runOption } from '../network.ts'
import { managerOption } from '../runs.ts'
import { json, table } from '../texts.ts'

export const sponsorShow = defineCommand({
  name: 'sponsor show',
  summary: 'Shows the grant of a run and its sponsorships, the newest first: token, budget, what is free of it.',
  options: {
    ...runOption,
    limit: {
      flag: 'limit',
      env: 'TESSERA_LIMIT',
      type: 'integer',
      default: 20,
      min: 1,
      max: 1_000,
      unit: 'sponsorships',
      description: 'How many are listed',
    },
    ...managerOption,
    ...chainOptions,
    ...jsonOption,
  },
  async run(options, scene) {
    const chain = await openNetwork(options, scene)
    const { manager = chain.deployment.runCoordinator, limit } = options
    const seen = await lookAtSponsorships(chain, { manager, run: BigInt(options.run), limit }, scene)
    if (options.json) return writeLine(scene, json(seen))
    for (const line of describeSponsorships(chain, seen)) writeLine(scene, line)
    const { count, sponsorships } = seen
    if (count > sponsorships.length) scene.note(`${count} sponsorships in all; --limit lists more.`)
  },
})

type SeenSponsorship = Sponsorship & KnownToken

export interface SeenSponsorships extends RunOf, Omit<NextEpoch, 'sponsorships'> {
  /** How many would pay the next epoch. */
  readonly paying: bigint
  /** How many the run ever had. */
  readonly count: bigint
  readonly sponsorships: readonly SeenSponsorship[]
}

/** Errors: `run/unknown`. */
export async function lookAtSponsorships(
  chain: Chain,
  { manager, run, limit }: RunOf & { readonly limit: number },
  { signal }: Pick<Scene, 'signal'>,
): Promise<SeenSponsorships> {
  const of = { manager, run }
  const at = await pinned(chain, { signal })
  await checkRun(chain, of, at)
  const { epoch, granted, sponsorships: paying } = await getNextEpoch(chain, of, at)
  const { count, sponsorships } = await getSponsorships(chain, { ...of, most: limit }, at)
  const addresses: readonly Hex[] = [...new Set(sponsorships.map(({ token }) => token))]
  const known = await inBatches(addresses, (token) => tokenAt(chain, token, at))
  const tokensByAddress = new Map(known.map((token) => [token.token, token]))
  const unknown = { symbol: undefined, decimals: undefined, native: false }
  const seen = sponsorships.map((entry) => ({ ...unknown, ...tokensByAddress.get(entry.token), ...entry }))
  return { ...of, epoch, granted, paying, count, sponsorships: seen }
}

/** Lines for people. */
export function describeSponsorships(chain: Chain, seen: SeenSponsorships): readonly string[] {
  return table([
    ['run', runText(chain, seen)],
    ['next epoch', `${seen.epoch}, which ${seen.paying} sponsorships pay`],
    ['grant', tokens(seen.granted)],
    ...seen.sponsorships.flatMap((entry) => rowsOf(entry, seen.epoch)),
  ])
}

function rowsOf(entry: SeenSponsorship, nextEpoch: bigint): (readonly [string, string])[] {
  const { source, token, sponsor, next, budget, free } = entry
  const returned = next < nextEpoch ? `; epochs from ${next} on have not given back` : ''
  return [
    [`sponsorship ${source}`, `${amountText(budget, entry)}, ${amountText(free, entry)} of it free; of ${sponsor}`],
    ['', `pays ${paysText(entry, entry)}${returned}`],
    ...(entry.native ? [] : [['', `token ${token}`] as const]),
  ]
}
