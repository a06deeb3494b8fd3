// `tessera sponsor reclaim`: the sponsor gets back what settled epochs did not earn of their pots.

import { type EscrowEpoch, getEscrowEpoch } from '@tessera/chain/actions/getEscrowEpoch'
import { getRewardPot } from '@tessera/chain/actions/getRewardPot'
import { reclaimSponsorship } from '@tessera/chain/actions/reclaimSponsorship'
import { inBatches } from '@tessera/chain/batches'
import type { Chain } from '@tessera/chain/clients'
import { pinned } from '@tessera/chain/pin'
import type { ReadOptions } from '@tessera/chain/rpc'
import { TesseraError } from '@tessera/protocol/errors'
import type { Hex } from '@tessera/protocol/hex'
import { defineCommand, type Scene } from '../command.ts'
import { runText } from '../runs.ts'
import { endOf, ownSponsorship, type SourceOf, sourceOf, sponsorshipOptions } from '../sponsorships.ts'
import { amountText, tokenAt, tokenWarnings } from '../tokenAmounts.ts'
import { type Desk, moneyOptions, openDesk, type Plan, transact } from '../transact.ts'

/** A pot's whole share: the escrow counts in 2^-64. */
const WHOLE_SHARE = 2n ** 64n

export const sponsorReclaim = defineCommand({
  name: 'sponsor reclaim',
  summary: 'Takes back what settled epochs of a sponsorship of the wallet did not earn.',
  options: {
    ...sponsorshipOptions,
    most: {
      flag: 'most',
      env: 'TESSERA_MOST',
      type: 'integer',
      default: 100,
      min: 1,
      max: 1_000,
      unit: 'epochs',
      description: 'How many epochs are looked at, from the first that has not given back',
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
    const { to = desk.account.address, most } = options
    const what = { ...sourceOf(desk.chain, options), most, to }
    await transact(await planReclaim(desk, what, scene), desk, options, scene)
  },
})

/** Errors: `sponsor/unknown`, `sponsor/not-yours`, `sponsor/nothing-to-reclaim`. */
export async function planReclaim(
  { chain, account }: Desk,
  { most, to, ...of }: SourceOf & { readonly most: number; readonly to: Hex },
  { signal }: Pick<Scene, 'signal'>,
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
