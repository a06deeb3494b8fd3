// `tessera run evict`: a member leaves whose holders want more of their stake back than the rest of its pool covers. By anyone.

import { evict } from '@tessera/chain/actions/evict'
import { isShort } from '@tessera/chain/actions/isShort'
import { pinned } from '@tessera/chain/pin'
import type { Desk, Plan } from '@tessera/chain/plans/plan'
import { checkRun } from '@tessera/chain/plans/runs'
import { tokens } from '@tessera/chain/plans/texts'
import { TesseraError } from '@tessera/protocol/errors'
import type { Role } from '@tessera/protocol/events'
import { defineCommand, type Scene } from '../command.ts'
import { runOption } from '../network.ts'
import { memberAt, roleOf, roleOption, slotOption } from '../runMembers.ts'
import { moneyOptions, openDesk, transact } from '../transact.ts'

export const runEvict = defineCommand({
  name: 'run evict',
  summary:
    'Makes a member leave a run whose stake does not cover its locks, so that its holders get theirs; anyone may.',
  options: {
    ...runOption,
    ...roleOption,
    slot: {
      ...slotOption.slot,
      required: true,
      description: 'Slot of the member, as `tessera run show` lists it',
    },
    ...moneyOptions,
  },
  async run(options, scene) {
    const desk = await openDesk(options, scene)
    const of = { run: BigInt(options.run), role: roleOf(options.role), slot: options.slot }
    await transact(await planEviction(desk, of, scene), desk, options, scene)
  },
})

/** Errors: `run/unknown`, `run/no-member`, `run/not-short`. */
export async function planEviction(
  { chain }: Pick<Desk, 'chain'>,
  of: { readonly run: bigint; readonly role: Role; readonly slot: number },
  { signal }: Pick<Scene, 'signal'>,
): Promise<Plan> {
  const { deployment } = chain
  const { run, role, slot } = of
  const at = await pinned(chain, { signal })
  await checkRun(chain, { manager: deployment.runCoordinator, run }, at)
  const { operator, stake } = await memberAt(chain, of, at)
  if (!(await isShort(chain, { operator }, at)))
    throw new TesseraError('run/not-short', `the stake of ${operator} covers its locks`, {
      hint: 'Nobody waits for it; `tessera stake show` says what is locked',
      context: { ...of, operator },
    })
  return {
    intent: `Make ${operator} leave run ${run}, ${role} ${slot}, since its holders wait for stake that is locked there.`,
    afterwards: [
      `it takes no part in rounds that open from now on; its ${tokens(stake)} are released when its epochs are settled: \`tessera run release\``,
    ],
    warnings: ['the wallet pays for the gas and gets nothing of it'],
    facts: { ...of, operator, stake },
    requests: [evict(deployment, of)],
  }
}
