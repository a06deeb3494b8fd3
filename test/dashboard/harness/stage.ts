// The network that the tests of the dashboard share: real miners and validators that train, one of them a miner that never reveals;
// an indexer that serves the built dashboard; and a browser. Opened when it is first asked for.

import { dirname, join } from 'node:path'
import { buildDashboard } from '@tessera/deploy/dashboard'
import { startHostile } from '../../e2e/harness/startHostile.ts'
import { openWorld, ROOT, type World } from '../../e2e/harness/world.ts'
import { type Browsing, openBrowser } from './browser.ts'
import { type Indexing, type IndexingOptions, startIndexing } from './indexing.ts'

export const HONEST_MINERS = ['miner-1', 'miner-2'] as const
/** Commits and never reveals. */
export const SILENT_MINER = 'miner-3'
const BUILD_LIMIT_MS = 120_000
const VALIDATORS = ['validator-1', 'validator-2'] as const

export interface Stage {
  readonly world: World
  readonly browsing: Browsing
  readonly indexing: Indexing
  /** Folder of the built dashboard. */
  readonly build: string
  /** Address of the dashboard, without a slash at the end. */
  readonly site: string
}

let opening: Promise<Stage> | undefined

export function stage(): Promise<Stage> {
  opening ??= openStage()
  return opening
}

export async function closeStage(): Promise<void> {
  if (opening === undefined) return
  const { world, browsing } = await opening
  await browsing.close()
  await world.close()
}

async function openStage(): Promise<Stage> {
  const [build, world] = await Promise.all([
    buildDashboard({
      root: ROOT,
      folder: join(ROOT, '.tessera', 'dashboard'),
      signal: AbortSignal.timeout(BUILD_LIMIT_MS),
    }),
    openWorld({ miners: 3, validators: 2 }),
  ])
  const indexing = await startIndexing(indexerOptions(world, build, 'indexer'))
  world.onClose('indexer', () => indexing.stop())
  world.startAll(...VALIDATORS, ...HONEST_MINERS)
  startHostile(world, SILENT_MINER, 'silent')
  return { world, indexing, build, site: indexing.url, browsing: await openBrowser() }
}

/** An indexer of the network, on a database of its own. */
export function indexerOptions({ network, chainFile }: World, build: string, name: string): IndexingOptions {
  const data = dirname(chainFile)
  return {
    name,
    rpcUrl: network.anvil.rpcUrl,
    deploymentFile: network.deploymentFile,
    gateways: [network.mirror],
    data: join(data, name),
    site: build,
    logs: join(data, 'logs'),
  }
}
