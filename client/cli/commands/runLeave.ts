// `tessera run leave`: the wallet's operator takes no part in rounds that open from now on.

import { leave } from '@tessera/chain/actions/leave'
import { pinned } from '@tessera/chain/pin'
import type { Desk, Plan } from '@tessera/chain/plans/plan'
import { checkRun } from '@tessera/chain/plans/runs'
import { tokens } from '@tessera/chain/plans/texts'
import { TesseraError } from '@tessera/protocol/errors'
import type { Role } from '@tessera/protocol/events'
import { sameHex } from '@tessera/protocol/hex'
import { defineCommand, type Scene } from '../command.ts'
import { runOption } from '../network.ts'
import { memberAt, roleOf, roleOption, slotOrOwn } from '../runMembers.ts'
import { moneyOptions, openDesk, transact } from '../transact.ts'

export const runLeave = defineCommand({
  name: 'run leave',
  summary: 'Ends the part of the wallet’s operator in a run, with the present round.',
  options: { ...runOption, ...roleOption, ...moneyOptions },
  async run(options, scene) {
    const desk = await openDesk(options, scene)
    const of = { run: BigInt(options.run), role: roleOf(options.role) }
    await transact(await planLeaving(desk, of, scene), desk, options, scene)
  },
})

/** Errors: `run/unknown`, `run/not-member`, `run/already-leaving`. */
async function planLeaving(
  { chain, account }: Desk,
  { run, role }: { readonly run: bigint; readonly role: Role },
  { signal }: Pick<Scene, 'signal'>,
): Promise<Plan> {
  const { deployment } = chain
  const operator = account.address
  const at = await pinned(chain, { signal })
  await checkRun(chain, { manager: deployment.runCoordinator, run }, at)
  const slot = await slotOrOwn(chain, { run, role, slot: undefined, operator }, at)
  const member = await memberAt(chain, { run, role, slot }, at)
  // Who waits for a slot has no part to end: its stake comes back at once.
  const waits = !sameHex(member.operator, operator)
  if (!waits && member.leaving)
    throw new TesseraError('run/already-leaving', `${operator} is leaving run ${run} already`, {
      hint: `Its stake is released when epoch ${member.lastEpoch} is settled: \`tessera run release\``,
      context: { run, role, slot, lastEpoch: member.lastEpoch },
    })
  return {
    intent: waits
      ? `Give up waiting for ${role} slot ${slot} of run ${run}, for ${operator}.`
      : `Leave run ${run} as a ${role}, slot ${slot}, for ${operator}.`,
    afterwards: [
      waits
        ? 'its stake is released and cools'
        : `it takes no part in rounds that open from now on; its ${tokens(member.stake)} stay locked until its epochs are settled and somebody calls \`tessera run release\``,
    ],
    warnings: waits ? [] : ['stop its node only when the present round and the scores of its epoch are over'],
    facts: { run, role, slot, operator, stake: member.stake, waits },
    requests: [leave(deployment, { run, role })],
  }
}
