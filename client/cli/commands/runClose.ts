// `tessera run close`: the deposit of a run goes back to its owner.

import { closeRun } from '@tessera/chain/actions/closeRun'
import { getDeposit } from '@tessera/chain/actions/getDeposit'
import { getNextEpoch } from '@tessera/chain/actions/getNextEpoch'
import { getRun } from '@tessera/chain/actions/getRun'
import { getRunHead } from '@tessera/chain/actions/getRunHead'
import { pinned } from '@tessera/chain/pin'
import type { Desk, Plan } from '@tessera/chain/plans/plan'
import { checkRun } from '@tessera/chain/plans/runs'
import { tokens } from '@tessera/chain/plans/texts'
import { TesseraError } from '@tessera/protocol/errors'
import { sameHex } from '@tessera/protocol/hex'
import { defineCommand, type Scene } from '../command.ts'
import { runOption } from '../network.ts'
import { moneyOptions, openDesk, transact } from '../transact.ts'

export const runClose = defineCommand({
  name: 'run close',
  summary: 'Returns the deposit of a run that has ended, or ends one of the wallet that is idle and has no members.',
  options: { ...runOption, ...moneyOptions },
  async run(options, scene) {
    const desk = await openDesk(options, scene)
    await transact(await planClosing(desk, BigInt(options.run), scene), desk, options, scene)
  },
})

/** Errors: `run/unknown`, `run/no-deposit`. */
async function planClosing({ chain, account }: Desk, run: bigint, { signal }: Pick<Scene, 'signal'>): Promise<Plan> {
  const manager = chain.deployment.runCoordinator
  const at = await pinned(chain, { signal })
  await checkRun(chain, { manager, run }, at)
  const [{ owner }, { phase }, deposit, { granted }] = await Promise.all([
    getRun(chain, { run }, at),
    getRunHead(chain, { run }, at),
    getDeposit(chain, { run }, at),
    getNextEpoch(chain, { manager, run }, at),
  ])
  const ended = phase === 'Ended'
  if (ended && deposit === 0n)
    throw new TesseraError('run/no-deposit', `the deposit of run ${run} has gone back, or it never had one`, {
      hint: 'Nothing has to be done',
      context: { run },
    })
  return {
    intent: `${ended ? 'Return' : `End run ${run} for ever, and return`} its deposit of ${tokens(deposit)} to ${owner}.`,
    afterwards: [`${owner} has ${tokens(deposit)} more`],
    warnings: [
      ...(granted > 0n && !ended
        ? [`${tokens(granted)} that were granted to the run stay in the escrow for ever`]
        : []),
      ...(sameHex(owner, account.address) ? [] : ['the wallet pays for the gas and gets nothing of it']),
    ],
    facts: { run, owner, deposit, ended, granted },
    requests: [closeRun(chain.deployment, { run })],
  }
}
