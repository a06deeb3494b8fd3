// `tessera run release`: a member that has left gets its stake back, and its slot is free or goes to its heir. By anyone.

import { release } from '@tessera/chain/actions/release'
import { pinned } from '@tessera/chain/pin'
import type { Desk, Plan } from '@tessera/chain/plans/plan'
import { checkRun } from '@tessera/chain/plans/runs'
import { tokens } from '@tessera/chain/plans/texts'
import { TesseraError } from '@tessera/protocol/errors'
import type { Role } from '@tessera/protocol/events'
import { sameHex } from '@tessera/protocol/hex'
import { defineCommand, type Scene } from '../command.ts'
import { runOption } from '../network.ts'
import { NO_ONE } from '../operator.ts'
import { memberAt, roleOf, roleOption, slotOption, slotOrOwn } from '../runMembers.ts'
import { moneyOptions, openDesk, transact } from '../transact.ts'

export const runRelease = defineCommand({
  name: 'run release',
  summary: 'Gives a member that has left a run its stake back, once its epochs are settled; anyone may do that.',
  options: { ...runOption, ...roleOption, ...slotOption, ...moneyOptions },
  async run(options, scene) {
    const desk = await openDesk(options, scene)
    const of = { run: BigInt(options.run), role: roleOf(options.role), slot: options.slot }
    await transact(await planRelease(desk, of, scene), desk, options, scene)
  },
})

/** Errors: `run/unknown`, `run/not-member`, `run/no-member`, `run/not-leaving`. */
export async function planRelease(
  { chain, account }: Desk,
  of: { readonly run: bigint; readonly role: Role; readonly slot: number | undefined },
  { signal }: Pick<Scene, 'signal'>,
): Promise<Plan> {
  const { deployment } = chain
  const { run, role } = of
  const at = await pinned(chain, { signal })
  await checkRun(chain, { manager: deployment.runCoordinator, run }, at)
  const slot = await slotOrOwn(chain, { ...of, operator: account.address }, at)
  const { operator, stake, leaving, heir, lastEpoch } = await memberAt(chain, { run, role, slot }, at)
  if (!leaving)
    throw new TesseraError('run/not-leaving', `${operator}, ${role} ${slot} of run ${run}, is not leaving`, {
      hint: 'It leaves by `tessera run leave`; one whose stake does not cover its locks is made to by `tessera run evict`',
      context: { run, role, slot, operator },
    })
  return {
    intent: `Release ${operator}, ${role} ${slot} of run ${run}.`,
    afterwards: [
      `its ${tokens(stake)} are not locked any more: they cool, and are free after that`,
      heir === NO_ONE ? `slot ${slot} is free` : `${heir} has the slot, and takes part from the next round that opens`,
    ],
    warnings: sameHex(operator, account.address) ? [] : ['the wallet pays for the gas and gets nothing of it'],
    facts: { run, role, slot, operator, stake, heir: heir === NO_ONE ? null : heir, lastEpoch },
    requests: [release(deployment, { run, role, slot })],
  }
}
