// What a payout comes to by the rules, beside what the contracts say of it, to the last unit: everything of one block. Shows nothing and
// judges nothing: whoever asks compares.

import { TesseraError } from '@tessera/protocol/errors'
import { claimKey, type EpochState, type RunState } from '@tessera/protocol/runState'
import { ZERO_ADDRESS } from '@tessera/protocol/tags'
import { getClaimable } from './actions/getClaimable.ts'
import { getEscrowEpoch } from './actions/getEscrowEpoch.ts'
import { getHoldingAt } from './actions/getHoldingAt.ts'
import { getRewardPot } from './actions/getRewardPot.ts'
import { getShare } from './actions/getShare.ts'
import type { Chain } from './clients.ts'
import type { Followed } from './follow.ts'
import { explainPayout, type Payout, type PayoutOf } from './payout.ts'
import type { ReadOptions } from './rpc.ts'

/** What was worked out again, beside what the chain says of it. */
export interface Comparison {
  readonly what: string
  readonly computed: bigint
  readonly found: bigint
}

export interface Explained {
  readonly payout: Payout
  /** Unix seconds. */
  readonly openedAt: bigint
  readonly comparisons: readonly Comparison[]
  readonly equal: boolean
}

/** Everything of the block that was followed to. Errors: `claim/unknown-epoch`, `claim/not-settled`, `claim/unknown-source`. */
export async function explain(
  chain: Chain,
  { state, block }: Followed,
  number: bigint,
  of: PayoutOf,
  { signal }: Pick<ReadOptions, 'signal'>,
): Promise<Explained> {
  const epoch = settledEpoch(state, number)
  const { operator, holder, source } = of
  if (source !== 0n && !state.sponsorships.has(source)) throw unknownSource(state, source)
  const at = { signal, blockNumber: block.number }
  const manager = chain.deployment.runCoordinator
  const booked = await getEscrowEpoch(chain, { manager, run: state.run, epoch: number }, at)
  const openedAt = BigInt(booked?.openedAt ?? 0)
  const asOwner = holder === null
  const holding = asOwner ? null : await getHoldingAt(chain, { operator, holder, time: openedAt - 1n }, at)
  const payout = explainPayout(state, epoch, of, holding)
  const claimant = { manager, run: state.run, source, operator, holder: holder ?? ZERO_ADDRESS }
  const [share, pot, claimable] = await Promise.all([
    getShare(chain, { run: state.run, epoch: number, account: operator, asOwner }, at),
    getRewardPot(chain, { manager, run: state.run, source, epoch: number }, at),
    getClaimable(chain, { ...claimant, epochs: [number] }, at),
  ])
  const claimed = epoch.settlement?.claimed.get(claimKey(source, operator, holder ?? ZERO_ADDRESS))
  const comparisons: readonly Comparison[] = [
    { what: 'earned of each pot in all, in 2^-64', computed: payout.totalShare, found: booked?.totalShare ?? 0n },
    { what: 'share of each pot, in 2^-64', computed: payout.share, found: share },
    { what: 'pot, in units of the token', computed: payout.pot, found: pot },
    {
      what: `${claimed === undefined ? 'claimable' : 'claimed'}, in units of the token`,
      computed: payout.amount,
      found: claimed ?? claimable,
    },
  ]
  return { payout, openedAt, comparisons, equal: comparisons.every(({ computed, found }) => computed === found) }
}

function settledEpoch(state: RunState, number: bigint): EpochState {
  const epoch = state.epochs.get(number)
  const count = BigInt(state.epochs.size)
  if (epoch === undefined)
    throw new TesseraError('claim/unknown-epoch', `run ${state.run} has no epoch ${number}`, {
      hint: count === 0n ? 'None has opened yet' : `The last one that opened is ${count}`,
      context: { run: state.run, epoch: number, count },
    })
  if (epoch.settlement !== null) return epoch
  throw new TesseraError('claim/not-settled', `epoch ${number} of run ${state.run} is not settled`, {
    hint: `It stands at ${epoch.phase}; nobody has earned anything of it before it is settled`,
    context: { run: state.run, epoch: number, phase: epoch.phase },
  })
}

function unknownSource({ run, sponsorships }: RunState, source: bigint): TesseraError {
  return new TesseraError('claim/unknown-source', `run ${run} has no sponsorship ${source}`, {
    hint: `It has the grant, which is 0, and ${sponsorships.size} sponsorships, from 1`,
    context: { run, source },
  })
}
