// `tessera run show`: one run, from the contracts alone, all of one block.

import { getDeposit } from '@tessera/chain/actions/getDeposit'
import { getNextEpoch } from '@tessera/chain/actions/getNextEpoch'
import { getRun } from '@tessera/chain/actions/getRun'
import { getRunHead } from '@tessera/chain/actions/getRunHead'
import { getSource } from '@tessera/chain/actions/getSource'
import { pinned } from '@tessera/chain/pin'
import { sourceText } from '@tessera/chain/plans/dues'
import { checkRun } from '@tessera/chain/plans/runs'
import { tokens } from '@tessera/chain/plans/texts'
import { paramEntries } from '@tessera/protocol/runParams'
import { defineCommand, writeLine } from '../command.ts'
import { chainOptions, jsonOption, openNetwork, runOption } from '../network.ts'
import { NO_ONE } from '../operator.ts'
import { membersOf, type SeatedMember } from '../runMembers.ts'
import { paramText } from '../runTexts.ts'
import { json, table } from '../texts.ts'

export const runShow = defineCommand({
  name: 'run show',
  summary: 'Shows where a run stands, who takes part, and what was fixed when it was created.',
  options: { ...runOption, ...chainOptions, ...jsonOption },
  async run(options, scene) {
    const chain = await openNetwork(options, scene)
    const at = await pinned(chain, { signal: scene.signal })
    const run = BigInt(options.run)
    const { runCoordinator: manager, token } = chain.deployment
    const of = { manager, run }
    await checkRun(chain, of, at)
    const [{ owner, params }, head, { granted }, deposit, source] = await Promise.all([
      getRun(chain, { run }, at),
      getRunHead(chain, { run }, at),
      getNextEpoch(chain, of, at),
      getDeposit(chain, { run }, at),
      getSource(chain, { run }, at),
    ])
    const members = [
      ...(await membersOf(chain, run, 'miner', params, at)),
      ...(await membersOf(chain, run, 'validator', params, at)),
    ]
    if (options.json)
      return writeLine(
        scene,
        json({ run, blockNumber: at.blockNumber, owner, ...head, granted, deposit, source, members, params }),
      )
    const rows: [string, string][] = [
      ['run', `${run}, of ${owner}`],
      ['stands at', `${head.phase}, round ${head.round}, epoch ${head.epoch}${head.due ? ' (a step is due)' : ''}`],
      ['state root', head.stateRoot],
      ['grants', `${tokens(granted)} for epochs to come`],
      ['needs', `${sourceText(source)} for its next epoch`],
      ['deposit', deposit === 0n ? 'none, or it went back' : tokens(deposit)],
      ...members.map((member): [string, string] => [`${member.role} ${member.slot}`, memberText(member)]),
      ...paramEntries(params).map(([name, value]): [string, string] => [name, paramText(name, value, params, token)]),
    ]
    for (const line of table(rows)) writeLine(scene, line)
  },
})

function memberText({ operator, stake, leaving, heir }: SeatedMember): string {
  const left = leaving ? `, leaving${heir === NO_ONE ? '' : ` for ${heir}`}` : ''
  return `${operator}, ${tokens(stake)} locked${left}`
}
