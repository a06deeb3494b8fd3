// Reads the sponsorships of a run, the newest first, all of one block.

import type { Address } from 'viem'
import { inBatches } from '../batches.ts'
import type { Chain } from '../clients.ts'
import { badResponse } from '../errors.ts'
import { rewardEscrowAbi } from '../generated/rewardEscrow.ts'
import { pinned } from '../pin.ts'
import { type ReadOptions, readContract } from '../rpc.ts'
import { getSponsorship, type Sponsorship } from './getSponsorship.ts'

export async function getSponsorships(
  chain: Chain,
  parameters: {
    readonly manager: Address
    readonly run: bigint
    /** Anyone may make any number of them. */
    readonly most: number
  },
  options: ReadOptions = {},
): Promise<{ readonly count: bigint; readonly sponsorships: readonly Sponsorship[] }> {
  const { manager, run, most } = parameters
  const at = await pinned(chain, options)
  const count = await readContract(
    chain,
    {
      address: chain.deployment.rewardEscrow,
      abi: rewardEscrowAbi,
      functionName: 'sponsorshipsOf',
      args: [manager, run],
    },
    at,
  )
  const length = count < BigInt(most) ? Number(count) : most
  const sources = Array.from({ length }, (_, index) => count - BigInt(index))
  const sponsorships = await inBatches(sources, async (source) => {
    const found = await getSponsorship(chain, { manager, run, source }, at)
    if (found === undefined) throw badResponse('a sponsorship that was counted is not there', { run, source })
    return found
  })
  return { count, sponsorships }
}
