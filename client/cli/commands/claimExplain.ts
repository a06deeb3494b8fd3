// `tessera claim explain`: an amount of pay walked back to the scores and rounds that it comes from, worked out again from the run's
// events and compared with what the contracts say, to the last unit.

import type { Resolved } from '@tessera/agent/optionTable'
import { getOperator } from '@tessera/chain/actions/getOperator'
import type { Chain } from '@tessera/chain/clients'
import { type Explained, explain } from '@tessera/chain/explainPayout'
import { RunFollower } from '@tessera/chain/follow'
import type { PayoutOf } from '@tessera/chain/payout'
import { checkRun } from '@tessera/chain/plans/runs'
import { tokenAt } from '@tessera/chain/plans/tokenAmounts'
import { TesseraError } from '@tessera/protocol/errors'
import { lowerHex } from '@tessera/protocol/hex'
import type { RunState } from '@tessera/protocol/runState'
import { defineCommand, type Scene, writeLine } from '../command.ts'
import { chainOptions, jsonOption, openNetwork, runOption } from '../network.ts'
import { namedOrOwnOperator, operatorOption } from '../operator.ts'
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
