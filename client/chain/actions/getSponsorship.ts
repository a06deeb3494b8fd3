// Reads one sponsorship of a run, of one block; undefined when there is none of that number.

import type { Address } from 'viem'
import type { Chain } from '../clients.ts'
import { isRevert } from '../errors.ts'
import { rewardEscrowAbi } from '../generated/rewardEscrow.ts'
import { pinned } from '../pin.ts'
import { type ReadOptions, readContract } from '../rpc.ts'

/** Amounts are in the token's own units. */
export interface Sponsorship {
  /** Its number among the sources of the run, from 1. */
  readonly source: bigint
  /** Any ERC-20: hostile until checked. */
  readonly token: Address
  readonly sponsor: Address
  /** The first epoch that it pays. */
  readonly first: bigint
  /** The first epoch whose unearned part has not gone back to the sponsor yet. */
  readonly next: bigint
  readonly perEpoch: bigint
  /** All that it was given, less what was withdrawn; what epochs have used up is still in it. */
  readonly budget: bigint
  /** What the sponsor could withdraw now. */
  readonly free: bigint
}

export async function getSponsorship(
  chain: Chain,
  parameters: { readonly manager: Address; readonly run: bigint; readonly source: bigint },
  options: ReadOptions = {},
): Promise<Sponsorship | undefined> {
  const { manager, run, source } = parameters
  const at = await pinned(chain, options)
  const escrow = {
    address: chain.deployment.rewardEscrow,
    abi: rewardEscrowAbi,
    args: [manager, run, source],
  } as const
  try {
    const [entry, free] = await Promise.all([
      readContract(chain, { ...escrow, functionName: 'sponsorshipOf' }, at),
      readContract(chain, { ...escrow, functionName: 'freeOf' }, at),
    ])
    return { source, ...entry, free }
  } catch (error) {
    if (isRevert(error, 'RewardEscrowUnknownSource')) return undefined
    throw error
  }
}
