// `tessera sponsor grant`: tokens of the deployment for a run, which nobody can take back.

import { getNextEpoch } from '@tessera/chain/actions/getNextEpoch'
import { grant } from '@tessera/chain/actions/grant'
import { pinned } from '@tessera/chain/pin'
import type { Desk, Plan } from '@tessera/chain/plans/plan'
import { checkRun, foreignWarnings, type RunOf, runText } from '@tessera/chain/plans/runs'
import { prepareGift } from '@tessera/chain/plans/sponsorships'
import { tokens } from '@tessera/chain/plans/texts'
import { countedTokenAt } from '@tessera/chain/plans/tokenAmounts'
import { defineCommand, type Scene } from '../command.ts'
import { runOption } from '../network.ts'
import { managerOption } from '../runs.ts'
import { amountOption, moneyOptions, openDesk, transact } from '../transact.ts'

export const sponsorGrant = defineCommand({
  name: 'sponsor grant',
  summary: 'Gives tokens of the wallet to a run for its epochs to come; a gift that nobody can take back.',
  options: { ...runOption, ...amountOption('Tokens to give'), ...managerOption, ...moneyOptions },
  async run(options, scene) {
    const desk = await openDesk(options, scene)
    const { manager = desk.chain.deployment.runCoordinator, amount } = options
    await transact(await planGrant(desk, { manager, run: BigInt(options.run), amount }, scene), desk, options, scene)
  },
})

/** Errors: `run/unknown`, `sponsor/too-few-tokens`. */
export async function planGrant(
  { chain, account }: Desk,
  { manager, run, amount }: RunOf & { readonly amount: bigint },
  { signal }: Pick<Scene, 'signal'>,
): Promise<Plan> {
  const of = { manager, run }
  const owner = account.address
  const at = await pinned(chain, { signal })
  await checkRun(chain, of, at)
  const token = await countedTokenAt(chain, chain.deployment.token, at)
  const { approvals, left } = await prepareGift(chain, { owner, token, amount }, at)
  const { granted } = await getNextEpoch(chain, of, at)
  return {
    intent: `Give ${tokens(amount)} of ${owner} to ${runText(chain, of)}, for ever.`,
    afterwards: [
      `the run has ${tokens(granted + amount)} of grants for epochs to come`,
      `the wallet holds ${tokens(left)}`,
    ],
    warnings: [
      'nobody can take it back, not even if the run ends; `tessera sponsor new` gives what can be withdrawn',
      ...foreignWarnings(chain, [manager]),
    ],
    facts: { ...of, amount, grantedAfterwards: granted + amount, left },
    requests: [...approvals, grant(chain.deployment, { ...of, amount })],
  }
}
