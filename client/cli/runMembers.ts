// Members of a run as commands about them need them: their options, who sits where, and who may be replaced.

import { getMember } from '@tessera/chain/actions/getMember'
import { getSlot } from '@tessera/chain/actions/getSlot'
import { getUsefulness } from '@tessera/chain/actions/getUsefulness'
import { inBatches } from '@tessera/chain/batches'
import type { Chain } from '@tessera/chain/clients'
import type { ReadOptions } from '@tessera/chain/rpc'
import { TesseraError } from '@tessera/protocol/errors'
import type { Role, RunParams } from '@tessera/protocol/events'
import type { Hex } from '@tessera/protocol/hex'
import { NO_ONE } from './operator.ts'

/** Spread into the table of a command about a role in a run. */
export const roleOption = {
  role: {
    flag: 'role',
    env: 'TESSERA_ROLE',
    type: 'choice',
    choices: ['miner', 'validator'],
    default: 'miner',
    description: 'Part that the member takes in the run',
  },
} as const

/** Spread into the table of a command about any member of a run. */
export const slotOption = {
  slot: {
    flag: 'slot',
    env: 'TESSERA_SLOT',
    type: 'integer',
    min: 0,
    max: 255,
    description: 'Slot of the member, as `tessera run show` lists it; that of the wallet’s operator if not given',
  },
} as const

export interface SeatOf {
  readonly run: bigint
  readonly role: Role
  readonly slot: number
}

export type SeatedMember = Awaited<ReturnType<typeof getMember>> & Omit<SeatOf, 'run'>

/** What an option says, as the contracts' names have it. */
export function roleOf(text: string): Role {
  return text === 'validator' ? 'validator' : 'miner'
}

/** All members of a role, in the order of their slots. */
export async function membersOf(
  chain: Chain,
  run: bigint,
  role: Role,
  params: Pick<RunParams, 'maxMiners' | 'maxValidators'>,
  at: ReadOptions,
): Promise<readonly SeatedMember[]> {
  const length = role === 'miner' ? params.maxMiners : params.maxValidators
  const slots = Array.from({ length }, (_, slot) => slot)
  const found = await inBatches(slots, async (slot) => ({
    ...(await getMember(chain, { run, role, slot }, at)),
    role,
    slot,
  }))
  return found.filter(({ operator }) => operator !== NO_ONE)
}

/** Errors: `run/no-member`. */
export async function memberAt(chain: Chain, of: SeatOf, at: ReadOptions): Promise<SeatedMember> {
  const { run, role, slot } = of
  const member = { ...(await getMember(chain, of, at)), role, slot }
  if (member.operator !== NO_ONE) return member
  throw new TesseraError('run/no-member', `${role} slot ${slot} of run ${run} is free`, {
    hint: '`tessera run show` lists the members of a run',
    context: { ...of },
  })
}

/** Errors: `run/not-member`. */
export async function slotOrOwn(
  chain: Chain,
  of: { readonly run: bigint; readonly role: Role; readonly slot: number | undefined; readonly operator: Hex },
  at: ReadOptions,
): Promise<number> {
  const { run, role, slot, operator } = of
  const found = slot ?? (await getSlot(chain, { run, role, operator }, at))
  if (found !== undefined) return found
  throw new TesseraError('run/not-member', `${operator} is no ${role} of run ${run}`, {
    hint: '--role and --run name another membership, --wallet another wallet',
    context: { run, role, operator },
  })
}

/**
 * The miner whose place a newcomer to a full run may take: the least useful one that stays and is past its protection, the lowest
 * slot of those that are alike. Undefined if all are protected or leaving.
 */
export async function leastUseful(
  chain: Chain,
  { run, epoch }: { readonly run: bigint; readonly epoch: bigint },
  miners: readonly SeatedMember[],
  at: ReadOptions,
): Promise<SeatedMember | undefined> {
  const open = miners.filter(({ leaving, protectedUntil }) => !leaving && protectedUntil <= epoch)
  const useful = await inBatches(open, ({ slot }) => getUsefulness(chain, { run, slot }, at))
  const ranked = open.map((member, index) => ({ member, use: useful[index] ?? 0n }))
  return ranked.reduce<(typeof ranked)[number] | undefined>(
    (least, entry) => (least === undefined || entry.use < least.use ? entry : least),
    undefined,
  )?.member
}
