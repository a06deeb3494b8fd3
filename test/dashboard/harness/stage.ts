// The network that the tests of the dashboard share: real miners and validators that train, one of them a miner that never reveals;
// an indexer that serves the built dashboard; and a browser. Opened when the first test asks for it, closed after the last.

import { dirname, join } from 'node:path'
import { after } from 'node:test'
import { startHostile } from '../../e2e/harness/startHostile.ts'
import { openWorld, type World } from '../../e2e/harness/world.ts'
import { type Browsing, openBrowser } from './browser.ts'
import { builtSite } from './builtSite.ts'
import { type Indexing, startIndexing } from './indexing.ts'

export const HONEST_MINERS = ['miner-1', 'miner-2'] as const
/** Commits and never reveals. */
export const SILENT_MINER = 'miner-3'
const VALIDATORS = ['validator-1', 'validator-2'] as const

export interface Stage {
  readonly world: World
  readonly browsing: Browsing
  readonly indexing: Indexing
  /** Address of the dashboard, without a slash at the end. */
  readonly site: string
}

let opening: Promise<Stage> | undefined

export function stage(): Promise<Stage> {
  opening ??= openStage()
  return opening
}

after(async () => {
  if (opening === undefined) return
  const { world, browsing } = await opening
  await browsing.close()
  await world.close()
})

async function openStage(): Promise<Stage> {
  const world = await openWorld({ miners: 3, validators: 2 })
  world.startAll(...VALIDATORS, ...HONEST_MINERS)
  startHostile(world, SILENT_MINER, 'silent')
  const data = dirname(world.chainFile)
  const indexing = await startIndexing({
    name: 'indexer',
    rpcUrl: world.network.anvil.rpcUrl,
    deploymentFile: world.network.deploymentFile,
    gateways: [world.network.mirror],
    data: join(data, 'indexer'),
    site: builtSite(),
    logs: join(data, 'logs'),
  })
  world.onClose('indexer', () => indexing.stop())
  return { world, indexing, site: indexing.url, browsing: await openBrowser() }
}
