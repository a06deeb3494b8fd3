// `tessera run list`: the runs of a deployment, from the contracts alone.

import { getNextEpoch } from '@tessera/chain/actions/getNextEpoch'
import { getRun } from '@tessera/chain/actions/getRun'
import { getRunCount } from '@tessera/chain/actions/getRunCount'
import { getRunHead } from '@tessera/chain/actions/getRunHead'
import { pinned } from '@tessera/chain/pin'
import { tokens } from '@tessera/chain/plans/texts'
import { defineCommand, writeLine } from '../command.ts'
import { chainOptions, jsonOption, openNetwork } from '../network.ts'
import { json } from '../texts.ts'

export const runList = defineCommand({
  name: 'run list',
  summary: 'Lists the runs on the chain, the newest first.',
  options: {
    limit: {
      flag: 'limit',
      env: 'TESSERA_LIMIT',
      type: 'integer',
      default: 20,
      min: 1,
      max: 1_000,
      unit: 'runs',
      description: 'How many are listed',
    },
    ...chainOptions,
    ...jsonOption,
  },
  async run(options, scene) {
    const chain = await openNetwork(options, scene)
    const at = await pinned(chain, { signal: scene.signal })
    const count = await getRunCount(chain, at)
    const manager = chain.deployment.runCoordinator
    const runs: unknown[] = []
    // One after the other: a public server counts requests.
    for (let run = count; run > 0n && count - run < BigInt(options.limit); run--) {
      const [{ owner }, head, { granted }] = await Promise.all([
        getRun(chain, { run }, at),
        getRunHead(chain, { run }, at),
        getNextEpoch(chain, { manager, run }, at),
      ])
      runs.push({ run, owner, ...head, granted })
      const { phase, round, epoch } = head
      if (!options.json)
        writeLine(
          scene,
          `run ${run}  ${phase}, round ${round}, epoch ${epoch}; grants ${tokens(granted)}; owner ${owner}`,
        )
    }
    if (options.json) writeLine(scene, json({ count, runs }))
    else if (count === 0n) scene.note('There are no runs yet.')
    else if (count > runs.length) scene.note(`${count} runs in all; --limit lists more.`)
  },
})
