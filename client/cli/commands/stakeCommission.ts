// `tessera stake commission`: the part of its rewards that an operator keeps.

import { getCommission } from '@tessera/chain/actions/getCommission'
import { getCommissionDelay } from '@tessera/chain/actions/getCommissionDelay'
import { setCommission } from '@tessera/chain/actions/setCommission'
import { pinned } from '@tessera/chain/pin'
import type { Desk, Plan } from '@tessera/chain/plans/plan'
import { commissionText } from '@tessera/chain/plans/pools'
import { percent as percentText, span } from '@tessera/chain/plans/texts'
import { TesseraError } from '@tessera/protocol/errors'
import { defineCommand, type Scene, writeLine } from '../command.ts'
import { moneyOptions, openDesk, transact } from '../transact.ts'

export const stakeCommission = defineCommand({
  name: 'stake commission',
  summary: 'Sets the part of its rewards that the wallet, as an operator, keeps; it counts after a delay.',
  options: {
    percent: {
      flag: 'percent',
      env: 'TESSERA_COMMISSION_PERCENT',
      type: 'number',
      required: true,
      min: 0,
      max: 100,
      description: 'The part in percent, with two decimals at most',
    },
    ...moneyOptions,
  },
  async run(options, scene) {
    const desk = await openDesk(options, scene)
    await transact(await planCommission(desk, options, scene), desk, options, scene)
    if (options.dryRun || options.json) return
    const commission = await getCommission(desk.chain, { operator: desk.account.address }, scene)
    writeLine(scene, `commission: ${commissionText(commission)}`)
  },
})

/** Errors: `stake/bad-percent`. */
export async function planCommission(
  { chain, account }: Desk,
  { percent }: { readonly percent: number },
  { signal }: Pick<Scene, 'signal'>,
): Promise<Plan> {
  const operator = account.address
  const bps = Math.round(percent * 100)
  // What a decimal number of two places is as a double is nearer to its hundredths than this.
  if (Math.abs(percent * 100 - bps) > 1e-9)
    throw new TesseraError('stake/bad-percent', `a commission of ${percent} % cannot be set`, {
      hint: 'Give two decimals at most, such as 12.25',
      context: { percent },
    })
  const at = await pinned(chain, { signal })
  const [before, seconds] = await Promise.all([getCommission(chain, { operator }, at), getCommissionDelay(chain, at)])
  const { pending } = before
  return {
    intent: `Set the commission of ${operator} to ${percentText(BigInt(bps))}.`,
    afterwards: [
      `it is ${percentText(BigInt(bps))} from ${span(seconds)} from now on, and ${percentText(before.bps)} until then`,
    ],
    warnings: pending === undefined ? [] : [`this replaces ${commissionText(before)}: the delay begins anew`],
    facts: { operator, bps, before: before.bps, pendingBefore: pending, countsAfterSeconds: seconds },
    requests: [setCommission(chain.deployment, { bps })],
  }
}
