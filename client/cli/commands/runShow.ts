// `tessera run show`: one run, from the contracts alone, all of one block.

import { getFunds } from '@tessera/chain/actions/getFunds'
import { getMember } from '@tessera/chain/actions/getMember'
import { getRun } from '@tessera/chain/actions/getRun'
import { getRunHead } from '@tessera/chain/actions/getRunHead'
import type { Chain } from '@tessera/chain/clients'
import { pinned } from '@tessera/chain/pin'
import type { ReadOptions } from '@tessera/chain/rpc'
import type { Role } from '@tessera/protocol/events'
import { defineCommand, writeLine } from '../command.ts'
import { chainOptions, jsonOption, openNetwork, runOption } from '../network.ts'
import { NO_ONE } from '../operator.ts'
import { checkRun } from '../runs.ts'
import { json, percent, span, table, tokens } from '../texts.ts'

/** Slots that are asked for at once. */
const AT_ONCE = 16

export const runShow = defineCommand({
  name: 'run show',
  summary: 'Shows where a run stands, who takes part, and what was fixed when it was created.',
  options: { ...runOption, ...chainOptions, ...jsonOption },
  async run(options, scene) {
    const chain = await openNetwork(options, scene)
    const at = await pinned(chain, { signal: scene.signal })
    const run = BigInt(options.run)
    await checkRun(chain, { manager: chain.deployment.runCoordinator, run }, at)
    const [{ owner, params }, head, funds] = await Promise.all([
      getRun(chain, { run }, at),
      getRunHead(chain, { run }, at),
      getFunds(chain, { run }, at),
    ])
    const members = [
      ...(await membersOf(chain, run, 'miner', params.maxMiners, at)),
      ...(await membersOf(chain, run, 'validator', params.maxValidators, at)),
    ]
    if (options.json)
      return writeLine(scene, json({ run, blockNumber: at.blockNumber, owner, ...head, funds, members, params }))
    const rows: [string, string][] = [
      ['run', `${run}, of ${owner}`],
      ['stands at', `${head.phase}, round ${head.round}, epoch ${head.epoch}${head.due ? ' (a step is due)' : ''}`],
      ['state root', head.stateRoot],
      ['funds', tokens(funds)],
      ...members.map((member): [string, string] => [`${member.role} ${member.slot}`, memberText(member)]),
      ...Object.entries(params).map(([name, value]): [string, string] => [name, paramText(name, value)]),
    ]
    for (const line of table(rows)) writeLine(scene, line)
  },
})

type Member = Awaited<ReturnType<typeof getMember>> & { readonly role: Role; readonly slot: number }

async function membersOf(
  chain: Chain,
  run: bigint,
  role: Role,
  slots: number,
  at: ReadOptions,
): Promise<readonly Member[]> {
  const members: Member[] = []
  for (let from = 0; from < slots; from += AT_ONCE) {
    const some = Array.from({ length: Math.min(AT_ONCE, slots - from) }, (_, index) => from + index)
    const found = await Promise.all(
      some.map(async (slot) => ({ ...(await getMember(chain, { run, role, slot }, at)), role, slot })),
    )
    members.push(...found.filter(({ operator }) => operator !== NO_ONE))
  }
  return members
}

function memberText({ operator, stake, leaving }: Member): string {
  return `${operator}, ${tokens(stake)} locked${leaving ? ', leaving' : ''}`
}

/** By the names of the contracts: what is a time, a share or an amount there, is one here. */
function paramText(name: string, value: unknown): string {
  const amount = BigInt(typeof value === 'bigint' || typeof value === 'number' ? value : 0)
  if (name.endsWith('Seconds')) return span(amount)
  if (name.endsWith('Bps')) return percent(amount)
  if (/(Stake|Cap|Pot)$/.test(name)) return tokens(amount)
  return String(value)
}
