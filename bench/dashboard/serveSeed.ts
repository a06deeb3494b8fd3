// The indexer's own routes and the dashboard's own files over a seeded database: what a visitor of a long run asks for, without a chain.

import { silentLogger } from '@tessera/agent/logger'
import { formatDeployment } from '@tessera/chain/addresses'
import { openDatabase } from '@tessera/indexer/database/open'
import { StoryChain } from '@tessera/indexer/ingest/storyChain.fixture'
import { createQueries } from '@tessera/indexer/queries/all'
import { ChainFacts } from '@tessera/indexer/queries/chainFacts'
import { createApp } from '@tessera/indexer/server/app'
import { listen } from '@tessera/indexer/server/listen'
import { LiveStreams } from '@tessera/indexer/server/liveStreams'
import { openSite } from '@tessera/indexer/server/site'
import { type SeedSize, seedRun } from './seed.ts'

export interface SeedServer {
  readonly url: string
  readonly run: number
  close(): Promise<void>
}

export interface SeedServerRequest {
  readonly size: SeedSize
  /** Folder of the built dashboard. */
  readonly site: string
  readonly onProgress: (rounds: number) => void
  readonly signal: AbortSignal
}

export async function serveSeed({ size, site, onProgress, signal }: SeedServerRequest): Promise<SeedServer> {
  const { chain } = new StoryChain()
  const { deployment } = chain
  const database = await openDatabase({ at: ':memory:', deployment })
  const { ledger, run, at } = await seedRun(database, deployment, size, onProgress)
  const block = { number: 1, hash: deployment.genesisHash, timestamp: at }
  const queries = createQueries({
    database,
    now: () => ({ ledger, at }),
    chain: new ChainFacts({ chain, signal }),
    condition: {
      version: 'bench',
      chainId: deployment.chainId,
      genesisHash: deployment.genesisHash,
      startedAt: at,
      now: () => at,
      head: () => block,
      indexed: () => block,
      rpc: () => ({ ok: true, latencyMs: 0, error: null, checkedAt: at }),
      reorgs: () => [],
      observer: () => ({ on: true, error: null, runs: [] }),
      gateways: () => [],
    },
  })
  const live = new LiveStreams()
  live.tell({ block, runs: [], accounts: [], reorg: false, observed: [] })
  const app = createApp({
    queries,
    version: () => 'seeded',
    live,
    config: {
      deployment: formatDeployment(deployment),
      rpc: 'http://127.0.0.1:9',
      indexer: '',
      gateways: [],
      network: 'seeded',
    },
    site: await openSite(site),
    metrics: () => Promise.resolve({ text: '', type: 'text/plain' }),
    onAnswer: () => undefined,
    logger: silentLogger,
  })
  const server = await listen(app, { host: '127.0.0.1', port: 0 })
  return {
    url: server.url,
    run,
    close: async () => {
      live.close()
      await server.close()
      await database.close()
    },
  }
}
