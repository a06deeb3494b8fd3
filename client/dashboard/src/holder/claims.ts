// What a holder can claim: as the indexer says, beside what the contracts say of the same. Where they differ the contracts are right.

import { getClaimable } from '@tessera/chain/actions/getClaimable'
import { inBatches } from '@tessera/chain/batches'
import type { Chain } from '@tessera/chain/clients'
import type { Due } from '@tessera/chain/plans/dues'
import { tokenAt } from '@tessera/chain/plans/tokenAmounts'
import type { Answer } from '@tessera/indexer/api/routes'

export type ToldClaim = Answer<'holder'>['claims'][number]

export interface CheckedClaim {
  readonly told: ToldClaim
  /** Units of the token, as the contract says. */
  readonly amount: bigint
}

/** Epochs of one question: the contract goes through each. */
const EPOCHS_AT_ONCE = 64

interface At {
  readonly signal?: AbortSignal | undefined
}

/** Errors: those of a request. */
export async function checkClaims(
  chain: Chain,
  claims: readonly ToldClaim[],
  at: At = {},
): Promise<readonly CheckedClaim[]> {
  return inBatches(claims, async (told) => {
    let amount = 0n
    // One after the other: epochs of one claim belong together, and servers count requests.
    for (let from = 0; from < told.epochs.length; from += EPOCHS_AT_ONCE)
      amount += await claimableOf(chain, told, told.epochs.slice(from, from + EPOCHS_AT_ONCE), at)
    return { told, amount }
  })
}

/** What can be claimed of them now, epoch by epoch as the contract says; nothing that it would not pay. */
export async function duesOf(chain: Chain, claims: readonly ToldClaim[], at: At = {}): Promise<readonly Due[]> {
  const dues: Due[] = []
  for (const told of claims) {
    const found = await inBatches(told.epochs, async (epoch) => ({
      epoch: BigInt(epoch),
      amount: await claimableOf(chain, told, [epoch], at),
    }))
    const open = found.filter(({ amount }) => amount > 0n)
    if (open.length === 0) continue
    dues.push({
      ...nameOf(chain, told),
      epochs: open.map(({ epoch }) => epoch),
      amounts: open.map(({ amount }) => amount),
      token: await tokenAt(chain, told.token.address, at),
    })
  }
  return dues
}

function claimableOf(chain: Chain, told: ToldClaim, epochs: readonly number[], at: At): Promise<bigint> {
  return getClaimable(chain, { ...nameOf(chain, told), epochs: epochs.map(BigInt) }, at)
}

function nameOf(chain: Chain, { run, source, operator, holder }: ToldClaim) {
  return { manager: chain.deployment.runCoordinator, run: BigInt(run), source: BigInt(source), operator, holder }
}

/** Stable for the same claim of another answer. */
export function claimKey({ run, source, operator, holder }: ToldClaim): string {
  return `${run}:${source}:${operator}:${holder}`
}
