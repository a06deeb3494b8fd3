// Wires the routes of one indexer: queries over its parts, the dashboard's files and configuration, metrics.

import { systemClock } from '@tessera/agent/clock'
import type { Logger } from '@tessera/agent/logger'
import type { Resolved } from '@tessera/agent/optionTable'
import type { Chain } from '@tessera/chain/clients'
import type { ChainWatch } from './chainWatch.ts'
import type { Database } from './database/open.ts'
import type { Indexer } from './ingest/indexer.ts'
import type { IndexerMetrics, openMetrics } from './metrics.ts'
import type { indexerOptions } from './options.ts'
import type { Present } from './present.ts'
import type { GatewayProbe } from './probes/gatewayProbe.ts'
import type { RpcProbe } from './probes/rpcProbe.ts'
import { createQueries } from './queries/all.ts'
import type { ChainFacts } from './queries/chainFacts.ts'
import type { Condition, Status } from './queries/status.ts'
import { type App, createApp } from './server/app.ts'
import type { LiveStreams } from './server/liveStreams.ts'
import { openSite } from './server/site.ts'

export interface ServerParts {
  readonly options: Resolved<typeof indexerOptions>
  /** Contents of the deployment file. */
  readonly deployment: string
  readonly chain: Chain
  readonly database: Database
  readonly indexer: Indexer
  readonly present: Present
  readonly facts: ChainFacts
  readonly watch: ChainWatch
  readonly rpc: RpcProbe
  readonly gateways: GatewayProbe
  readonly observer: () => Status['observer']
  readonly live: LiveStreams
  readonly metrics: IndexerMetrics
  readonly registry: ReturnType<typeof openMetrics>['registry']
  readonly logger: Logger
}

/** Changes when answers do. */
const VERSION = '1'

/** @throws `indexer/no-site` */
export async function createServerApp(parts: ServerParts): Promise<App> {
  const { options, deployment, database, indexer, present, facts, live, metrics, registry, logger } = parts
  const now = () => present.block && { ledger: indexer.ledger, at: present.block.timestamp }
  return createApp({
    queries: createQueries({ database, now, chain: facts, condition: conditionOf(parts) }),
    version: () => present.version,
    live,
    config: {
      deployment,
      rpc: options.publicRpc ?? options.rpc,
      indexer: '',
      gateways: [...options.gateways],
      network: options.network,
    },
    site: options.site === undefined ? undefined : await openSite(options.site),
    metrics: async () => {
      metrics.streams.set(live.count)
      metrics.dropped.set(live.dropped)
      return { text: await registry.metrics(), type: registry.contentType }
    },
    onAnswer: (route, status, seconds) => metrics.answers.observe({ route, status: String(status) }, seconds),
    logger,
  })
}

function conditionOf({ chain, present, watch, rpc, gateways, observer }: ServerParts): Condition {
  const { chainId, genesisHash } = chain.deployment
  const seconds = (): number => Math.floor(systemClock.now() / 1_000)
  const indexed = (): Status['indexed'] => present.block ?? null
  return {
    version: VERSION,
    chainId,
    genesisHash,
    startedAt: seconds(),
    now: seconds,
    // The last look may be newer than the last probe.
    head: () => newer(rpc.head, indexed()),
    indexed,
    rpc: () => rpc.rpc,
    reorgs: () => watch.reorgs,
    observer,
    gateways: () => [...gateways.checked],
  }
}

function newer(one: Status['head'], other: Status['head']): Status['head'] {
  if (one === null || other === null) return one ?? other
  return one.number >= other.number ? one : other
}
