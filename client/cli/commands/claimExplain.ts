// `tessera claim explain`: an amount of pay walked back to the scores and rounds that it comes from, worked out again from the run's
// events and compared with what the contracts say, to the last unit.

import type { Resolved } from '@tessera/agent/optionTable'
import { getClaimable } from '@tessera/chain/actions/getClaimable'
import { getEscrowEpoch } from '@tessera/chain/actions/getEscrowEpoch'
import { getHoldingAt } from '@tessera/chain/actions/getHoldingAt'
import { getOperator } from '@tessera/chain/actions/getOperator'
import { getRewardPot } from '@tessera/chain/actions/getRewardPot'
import { getShare } from '@tessera/chain/actions/getShare'
import type { Chain } from '@tessera/chain/clients'
import { type Followed, RunFollower } from '@tessera/chain/follow'
import { sourceText } from '@tessera/chain/plans/dues'
import { checkRun } from '@tessera/chain/plans/runs'
import { tokenAt } from '@tessera/chain/plans/tokenAmounts'
import type { ReadOptions } from '@tessera/chain/rpc'
import { TesseraError } from '@tessera/protocol/errors'
import { lowerHex } from '@tessera/protocol/hex'
import { claimKey, type EpochState, type RunState } from '@tessera/protocol/runState'
import { defineCommand, type Scene, writeLine } from '../command.ts'
import type { Comparison } from '../comparison.ts'
import { chainOptions, jsonOption, openNetwork, runOption } from '../network.ts'
import { NO_ONE, namedOrOwnOperator, operatorOption } from '../operator.ts'
import { explainPayout, type Payout, type PayoutOf } from '../payout.ts'
import { payoutTexts } from '../payoutTexts.ts'
import { json } from '../texts.ts'
import { findWallet, folderOption, walletOptions } from '../wallets.ts'
import { holderOption } from './claim.ts'

export const claimExplain = defineCommand({
  name: 'claim explain',
  summary:
    'Works a payout out again from scores and stake, shows what it comes from, and compares it with the contracts to the last unit.',
  options: {
    ...runOption,
    epoch: {
      flag: 'epoch',
      env: 'TESSERA_EPOCH',
      type: 'integer',
      required: true,
      min: 1,
      description: 'Number of the epoch; it must be settled',
    },
    source: {
      flag: 'source',
      env: 'TESSERA_SOURCE',
      type: 'integer',
      default: 0,
      min: 0,
      description: 'Source of pay by number: 0 is the grant, sponsorships follow from 1',
    },
    ...operatorOption,
    ...holderOption,
    owner: {
      flag: 'owner',
      env: 'TESSERA_OWNER',
      type: 'boolean',
      description: 'The part of the run’s owner instead',
    },
    wallet: walletOptions.wallet,
    ...folderOption,
    ...chainOptions,
    ...jsonOption,
  },
  async run(options, scene) {
    const chain = await openNetwork(options, scene)
    const { signal } = scene
    const run = BigInt(options.run)
    await checkRun(chain, { manager: chain.deployment.runCoordinator, run }, { signal })
    const follower = new RunFollower({ chain, run })
    await follower.poll(signal)
    const { current } = follower
    if (current === undefined) throw new TypeError('a follower that has polled has a state')
    const of = await payoutAsked(chain, current.state, options, scene)
    const explained = await explain(chain, current, BigInt(options.epoch), of, { signal })
    const { payout, openedAt, comparisons, equal } = explained
    if (options.json) writeLine(scene, json({ ...payout, openedAt, comparisons, equal }))
    else {
      const token = await tokenAt(chain, payout.token, { signal })
      for (const line of payoutTexts(payout, token, openedAt, comparisons)) writeLine(scene, line)
    }
    checkEqual(explained)
  },
})

type AskedOptions = Resolved<typeof operatorOption> &
  Resolved<typeof holderOption> &
  Pick<Resolved<typeof walletOptions>, 'wallet' | 'wallets'> & { readonly owner: boolean; readonly source: number }

async function payoutAsked(chain: Chain, state: RunState, options: AskedOptions, scene: Scene): Promise<PayoutOf> {
  const source = BigInt(options.source)
  if (options.owner) return { operator: state.owner, holder: null, source }
  const operator = lowerHex(await namedOrOwnOperator(chain, options, scene))
  if (options.holder !== undefined) return { operator, holder: lowerHex(options.holder), source }
  const wallet = options.wallet === undefined ? undefined : (await findWallet(options, scene)).address
  const own = wallet === undefined ? undefined : ((await getOperator(chain, { account: wallet }, scene)) ?? wallet)
  const isOther = wallet !== undefined && own !== undefined && lowerHex(own) !== operator
  return { operator, holder: isOther ? lowerHex(wallet) : operator, source }
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
  const claimant = { manager, run: state.run, source, operator, holder: holder ?? NO_ONE }
  const [share, pot, claimable] = await Promise.all([
    getShare(chain, { run: state.run, epoch: number, account: operator, asOwner }, at),
    getRewardPot(chain, { manager, run: state.run, source, epoch: number }, at),
    getClaimable(chain, { ...claimant, epochs: [number] }, at),
  ])
  const claimed = epoch.settlement?.claimed.get(claimKey(source, operator, holder ?? NO_ONE))
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
  return new TesseraError('claim/unknown-source', `run ${run} has no ${sourceText(source)}`, {
    hint: `It has the grant, which is 0, and ${sponsorships.size} sponsorships: \`tessera sponsor show\``,
    context: { run, source },
  })
}

/** Errors: `claim/differs`. */
export function checkEqual({ payout, comparisons, equal }: Explained): void {
  if (equal) return
  const { run, epoch } = payout
  const wrong = comparisons.filter(({ computed, found }) => computed !== found)
  const texts = wrong.map(({ what, computed, found }) => `${what}: ${computed}, on the chain ${found}`)
  throw new TesseraError('claim/differs', `what the events give is not what the chain says: ${texts.join('; ')}`, {
    hint: 'Use another RPC server; if it stays so, contracts and rules differ: report it with run and epoch',
    context: { run, epoch, wrong },
  })
}
