// The indexer as one process: opens its parts, listens, and looks at the chain, the RPC server and the gateways until it is told to
// stop. Which duties there are is decided here; what they do is theirs.

import { join } from 'node:path'
import { systemClock } from '@tessera/agent/clock'
import type { Lifecycle } from '@tessera/agent/lifecycle'
import { readFileLimited } from '@tessera/agent/limitedFile'
import { createLogger, type Logger } from '@tessera/agent/logger'
import { describeOptions } from '@tessera/agent/optionDocs'
import type { Resolved } from '@tessera/agent/optionTable'
import { retry } from '@tessera/agent/retry'
import { Terminal } from '@tessera/agent/terminal'
import { runTicker } from '@tessera/agent/ticker'
import { MAX_DEPLOYMENT_BYTES, parseDeployment } from '@tessera/chain/addresses'
import { type Chain, openChain } from '@tessera/chain/clients'
import { DirectBlocks } from '@tessera/storage/directBlocks'
import { ChainWatch } from './chainWatch.ts'
import { observerBook } from './database/observerBook.ts'
import { type Database, openDatabase } from './database/open.ts'
import { Indexer } from './ingest/indexer.ts'
import { type IndexerMetrics, openMetrics } from './metrics.ts'
import { startObserver } from './observer/startObserver.ts'
import { indexerOptions } from './options.ts'
import { Present } from './present.ts'
import { GatewayProbe } from './probes/gatewayProbe.ts'
import { gatewaysOf } from './probes/gatewaysOf.ts'
import { RpcProbe } from './probes/rpcProbe.ts'
import { ChainFacts } from './queries/chainFacts.ts'
import type { Status } from './queries/status.ts'
import { listen } from './server/listen.ts'
import { HEARTBEAT_MS, LiveStreams } from './server/liveStreams.ts'
import { createServerApp } from './serverApp.ts'

type Options = Resolved<typeof indexerOptions>

const RPC_PROBE_MS = 5_000
const GATEWAY_PROBE_MS = 30_000
/** The chain may be starting as well. */
const OPEN_TRIES = 200
const OPEN_LIMIT_MS = 10 * 60_000

/** Runs until the lifecycle stops it; rejects when a part fails for good. */
export async function runIndexer(options: Options, lifecycle: Lifecycle): Promise<void> {
  const { signal } = lifecycle
  const terminal = new Terminal(process.stdout)
  const logger = createLogger({ level: options.logLevel, terminal, format: options.logFormat, service: 'indexer' })
  logger.info('settings', describeOptions(indexerOptions, options))
  const { deployment, chain, database, indexer } = await openParts(options, lifecycle, logger)
  const { metrics, registry } = openMetrics()
  const live = new LiveStreams()
  lifecycle.onClose('streams', () => live.close())
  const present = new Present({ live, boot: systemClock.now().toString(36), block: indexer.block })
  const facts = new ChainFacts({ chain, signal })
  const watch = new ChainWatch({ indexer, present, facts, metrics, logger, clock: systemClock })
  const rpc = new RpcProbe({ chain, clock: systemClock })
  const transport = new DirectBlocks({ allowLoopback: options.allowPrivate })
  lifecycle.onClose('gateway probe', () => transport.close())
  const rules = { allowLoopback: options.allowPrivate }
  const gateways = new GatewayProbe({ transport, ...rules, clock: systemClock, timer: systemClock })
  const observer = observe(options, { database, present, metrics, logger: logger.child('observer') }, lifecycle)
  const parts = { options, observer, deployment, chain, database, indexer, present, facts, watch, rpc, gateways, live }
  const app = await createServerApp({ ...parts, metrics, registry, logger: logger.child('server') })
  const server = await listen(app, { host: options.listenHost, port: options.listenPort })
  lifecycle.onClose('server', () => server.close())
  logger.info('open', { event: 'open', url: server.url, database: database.kind, block: indexer.block?.number })

  const every = (intervalMs: number, what: string, tick: (signal: AbortSignal) => Promise<void>): Promise<void> =>
    runTicker({ intervalMs, tick, signal, onError: (error) => logger.failure(error, what) })
  await Promise.all([
    every(options.pollInterval, 'this look at the chain failed', (stop) => watch.look(stop)),
    every(RPC_PROBE_MS, 'the RPC server was not probed', (stop) => rpc.probe(stop)),
    every(GATEWAY_PROBE_MS, 'the gateways were not probed', (stop) =>
      gateways.probe(gatewaysOf(indexer.ledger, options.gateways), stop),
    ),
    every(HEARTBEAT_MS, 'no heartbeat', async () => live.beat()),
  ])
}

/** Starts the observer, if there shall be one. @returns How it fares. */
function observe(
  options: Options,
  { database, present, metrics, logger }: ObservedBy,
  lifecycle: Lifecycle,
): () => Status['observer'] {
  if (!options.observe) return () => ({ on: false, error: null, runs: [] })
  const observer = startObserver({
    rpcUrl: options.rpc,
    deploymentFile: options.deployment,
    folder: join(options.data, 'observer'),
    quotaBytes: options.diskQuota * 1_000_000,
    mirrors: options.gateways,
    allowPrivate: options.allowPrivate,
    device: options.device,
    book: observerBook(database.db),
    onObserved: (run) => {
      metrics.observed.inc()
      present.observed(Number(run))
    },
    onError: (error, run) => logger.failure(error, 'observing goes on', run === undefined ? {} : { run }),
    signal: lifecycle.signal,
  })
  lifecycle.onClose('observer', () => observer.close())
  return () => {
    const { error, runs } = observer.progress()
    return { on: true, error, runs: runs.map(({ run, round, behind }) => ({ run: Number(run), round, behind })) }
  }
}

interface ObservedBy {
  readonly database: Database
  readonly present: Present
  readonly metrics: IndexerMetrics
  readonly logger: Logger
}

interface Parts {
  /** Contents of the deployment file. */
  readonly deployment: string
  readonly chain: Chain
  readonly database: Database
  readonly indexer: Indexer
}

/** A chain or a database that is only coming up is waited for. */
async function openParts(options: Options, lifecycle: Lifecycle, logger: Logger): Promise<Parts> {
  const { signal } = lifecycle
  const text = new TextDecoder().decode(await readFileLimited(options.deployment, MAX_DEPLOYMENT_BYTES))
  const deployment = parseDeployment(text)
  const patiently = <T>(what: string, open: () => Promise<T>): Promise<T> =>
    retry(open, {
      signal,
      tries: OPEN_TRIES,
      totalMs: OPEN_LIMIT_MS,
      onRetry: (error) => logger.failure(error, `${what} is not there yet`),
    })
  const chain = await patiently('the chain', () => openChain({ rpcUrl: options.rpc, deployment, signal }))
  const at = options.database ?? join(options.data, 'indexer.sqlite')
  const database = await patiently('the database', () => openDatabase({ at, deployment }))
  lifecycle.onClose('database', () => database.close())
  const onProgress = (progress: object): void => logger.info('folding what is stored', { ...progress })
  const indexer = await Indexer.open({ db: database.db, chain, onProgress, signal })
  return { deployment: text, chain, database, indexer }
}
