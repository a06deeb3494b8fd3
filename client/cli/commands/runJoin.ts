// `tessera run join`: the wallet's operator takes part in a run, with stake that it locks. As a miner of a full run it takes the place
// of the least useful one.

import { allowManager } from '@tessera/chain/actions/allowManager'
import { getPool } from '@tessera/chain/actions/getPool'
import { getRun } from '@tessera/chain/actions/getRun'
import { getRunHead } from '@tessera/chain/actions/getRunHead'
import { getSlot } from '@tessera/chain/actions/getSlot'
import { isManagerAllowed } from '@tessera/chain/actions/isManagerAllowed'
import { joinAsMiner } from '@tessera/chain/actions/joinAsMiner'
import { joinAsValidator } from '@tessera/chain/actions/joinAsValidator'
import { replaceMiner } from '@tessera/chain/actions/replaceMiner'
import type { Chain } from '@tessera/chain/clients'
import { pinned } from '@tessera/chain/pin'
import type { Desk, Plan } from '@tessera/chain/plans/plan'
import { lockableOf } from '@tessera/chain/plans/pools'
import { checkRun } from '@tessera/chain/plans/runs'
import { tokens } from '@tessera/chain/plans/texts'
import type { ReadOptions } from '@tessera/chain/rpc'
import { TesseraError } from '@tessera/protocol/errors'
import type { Role, RunParams } from '@tessera/protocol/events'
import type { Hex } from '@tessera/protocol/hex'
import { defineCommand, type Scene } from '../command.ts'
import { runOption } from '../network.ts'
import { leastUseful, membersOf, roleOf, roleOption, type SeatedMember } from '../runMembers.ts'
import { moneyOptions, openDesk, transact } from '../transact.ts'

export const runJoin = defineCommand({
  name: 'run join',
  summary:
    'Lets the wallet’s operator take part in a run; a miner takes the place of the least useful one if it is full.',
  options: {
    ...runOption,
    ...roleOption,
    stake: {
      flag: 'stake',
      env: 'TESSERA_STAKE',
      type: 'amount',
      min: '0.000000000000000001',
      description: 'Tokens that a validator locks; the least that the run asks for if not given',
    },
    ...moneyOptions,
  },
  async run(options, scene) {
    const desk = await openDesk(options, scene)
    const of = { run: BigInt(options.run), role: roleOf(options.role), stake: options.stake }
    await transact(await planJoining(desk, of, scene), desk, options, scene)
  },
})

interface Joining {
  readonly run: bigint
  readonly role: Role
  /** Wei. */
  readonly stake: bigint | undefined
}

/** Errors: `run/unknown`, `run/already-member`, `run/too-little-stake`, `run/full`. */
export async function planJoining(
  { chain, account }: Desk,
  { run, role, stake }: Joining,
  { signal }: Pick<Scene, 'signal'>,
): Promise<Plan> {
  const { deployment } = chain
  const manager = deployment.runCoordinator
  const operator = account.address
  const at = await pinned(chain, { signal })
  await checkRun(chain, { manager, run }, at)
  const [{ params }, slot, pool, allowed] = await Promise.all([
    getRun(chain, { run }, at),
    getSlot(chain, { run, role, operator }, at),
    getPool(chain, { operator }, at),
    isManagerAllowed(chain, { operator, manager }, at),
  ])
  if (slot !== undefined) throw alreadyMember(run, role, operator, slot)
  const locked = role === 'miner' ? params.minerStake : (stake ?? params.validatorStake)
  const free = lockableOf(pool)
  if (free < locked) throw tooLittleStake(operator, free, locked)
  const replaced = await placeFor(chain, run, role, params, at)
  const join =
    role === 'validator'
      ? joinAsValidator(deployment, { run, stake: locked })
      : replaced === undefined
        ? joinAsMiner(deployment, { run })
        : replaceMiner(deployment, { run, slot: replaced.slot })
  return {
    intent: `${replaced === undefined ? `Join run ${run} as a ${role}` : `Take the place of ${placeText(replaced)} in run ${run}`}, with ${tokens(locked)} of the stake of ${operator}.`,
    afterwards: [
      `${tokens(free - locked)} of its stake are free`,
      replaced === undefined
        ? 'it takes part from the next round that opens'
        : 'it takes part once that miner is released, when its epochs are settled: `tessera run release`, by anyone',
    ],
    warnings: [
      'the stake stays locked until it has left and its epochs are settled; then it cools',
      ...(allowed ? [] : ['the coordinator is allowed to lock and slash all stake of the operator from now on']),
      ...(role === 'validator' && locked > params.validatorWeightCap
        ? [`more than ${tokens(params.validatorWeightCap)} count for nothing in votes and pay`]
        : []),
    ],
    facts: { run, role, operator, stake: locked, freeAfterwards: free - locked, replaces: replaced?.slot ?? null },
    requests: [...(allowed ? [] : [allowManager(deployment, { manager, allowed: true })]), join],
  }
}

/** Whose place is taken; undefined if a slot is free. */
async function placeFor(
  chain: Chain,
  run: bigint,
  role: Role,
  params: RunParams,
  at: ReadOptions,
): Promise<SeatedMember | undefined> {
  const members = await membersOf(chain, run, role, params, at)
  if (members.length < (role === 'miner' ? params.maxMiners : params.maxValidators)) return undefined
  const hint = 'A slot is free when a member that left is released: `tessera run show`, `tessera run release`'
  if (role === 'validator')
    throw new TesseraError('run/full', `run ${run} has no free validator slot`, { hint, context: { run, role } })
  const { epoch } = await getRunHead(chain, { run }, at)
  const least = await leastUseful(chain, { run, epoch }, members, at)
  if (least !== undefined) return least
  throw new TesseraError('run/full', `run ${run} is full, and all its miners are leaving or protected`, {
    hint: `Protection ends epoch by epoch. ${hint}`,
    context: { run, role },
  })
}

function placeText({ slot, operator }: SeatedMember): string {
  return `miner ${slot}, the least useful one (${operator}),`
}

function alreadyMember(run: bigint, role: Role, operator: Hex, slot: number): TesseraError {
  return new TesseraError('run/already-member', `${operator} is a ${role} of run ${run} already, in slot ${slot}`, {
    hint: 'One slot a role: --role names the other one, --wallet another wallet',
    context: { run, role, operator, slot },
  })
}

function tooLittleStake(operator: Hex, free: bigint, wanted: bigint): TesseraError {
  return new TesseraError(
    'run/too-little-stake',
    `${operator} has ${tokens(free)} of free stake, and this locks ${tokens(wanted)}`,
    {
      hint: `Bond ${tokens(wanted - free)} more: \`tessera stake deposit\``,
      context: { operator, free, wanted },
    },
  )
}
