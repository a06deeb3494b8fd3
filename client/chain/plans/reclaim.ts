// The sponsor gets back what settled epochs did not earn of their pots.

import { TesseraError } from '@tessera/protocol/errors'
import type { Hex } from '@tessera/protocol/hex'
import { type EscrowEpoch, getEscrowEpoch } from '../actions/getEscrowEpoch.ts'
import { getRewardPot } from '../actions/getRewardPot.ts'
import { reclaimSponsorship } from '../actions/reclaimSponsorship.ts'
import { inBatches } from '../batches.ts'
import type { Chain } from '../clients.ts'
import { pinned } from '../pin.ts'
import type { ReadOptions } from '../rpc.ts'
import type { Desk, Plan } from './plan.ts'
import { runText } from './runs.ts'
import { endOf, ownSponsorship, type SourceOf } from './sponsorships.ts'
import { amountText, tokenAt, tokenWarnings } from './tokenAmounts.ts'

/** A pot's whole share: the escrow counts in 2^-64. */
const WHOLE_SHARE = 2n ** 64n

/** Errors: `sponsor/unknown`, `sponsor/not-yours`, `sponsor/nothing-to-reclaim`. */
export async function planReclaim(
  { chain, account }: Desk,
  { most, to, ...of }: SourceOf & { readonly most: number; readonly to: Hex },
  { signal }: Pick<ReadOptions, 'signal'>,
): Promise<Plan> {
  const at = await pinned(chain, { signal })
  const found = await ownSponsorship(chain, of, account.address, at)
  const token = await tokenAt(chain, found.token, at)
  const end = endOf(found)
  const left = end > found.next ? end - found.next : 0n
  const length = left < BigInt(most) ? Number(left) : most
  const epochs = Array.from({ length }, (_, index) => found.next + BigInt(index))
  const unearned = await unearnedOf(chain, of, epochs, at)
  const amount = unearned.reduce((sum, part) => sum + part, 0n)
  const next = found.next + BigInt(unearned.length)
  // As many as are looked at that earned all are passed over, to come to those behind them.
  if (amount === 0n && unearned.length < most)
    throw new TesseraError(
      'sponsor/nothing-to-reclaim',
      `no settled epoch of sponsorship ${of.source} has money left`,
      {
        hint:
          next < end
            ? `${unearned.length} epochs from ${found.next} on earned all; epoch ${next} was not looked at or is not settled`
            : 'All its epochs are done',
        context: { ...of, next, end },
      },
    )
  return {
    intent: `Take back ${amountText(amount, token)} that epochs ${found.next} to ${next - 1n} of ${runText(chain, of)} did not earn, to ${to}.`,
    afterwards: [next < end ? `epoch ${next} is the next to give back` : 'all its epochs are done'],
    warnings: [...tokenWarnings(token)],
    facts: { ...of, token: token.token, decimals: token.decimals, amount, to, from: found.next, next },
    requests: [reclaimSponsorship(chain.deployment, { ...of, most: BigInt(unearned.length), to })],
  }
}

/** By epoch, up to the first that is not settled, in units of the token. */
async function unearnedOf(
  chain: Chain,
  of: SourceOf,
  epochs: readonly bigint[],
  at: ReadOptions,
): Promise<readonly bigint[]> {
  const entries = await inBatches(epochs, async (epoch) => getEscrowEpoch(chain, { ...of, epoch }, at))
  const open = entries.findIndex((entry) => !entry?.settled)
  const settled = (open < 0 ? entries : entries.slice(0, open)) as readonly EscrowEpoch[]
  const pots = await inBatches(epochs.slice(0, settled.length), (epoch) => getRewardPot(chain, { ...of, epoch }, at))
  return pots.map((pot, index) => pot - (pot * (settled[index]?.totalShare ?? 0n)) / WHOLE_SHARE)
}
