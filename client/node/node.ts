// A node of a run, whatever its role: the parts that a miner and a validator share, opened in order and closed in reverse, and
// the loop that looks at the chain and asks each service for its duty. What the duties are is decided by the program.

import { join } from 'node:path'
import { type Clock, systemClock } from '@tessera/agent/clock'
import type { Handler } from '@tessera/agent/httpServer'
import type { Lifecycle } from '@tessera/agent/lifecycle'
import { createLogger, type Logger } from '@tessera/agent/logger'
import { createProgress, type Progress } from '@tessera/agent/progress'
import { retry } from '@tessera/agent/retry'
import { Status } from '@tessera/agent/status'
import { Terminal } from '@tessera/agent/terminal'
import { runTicker } from '@tessera/agent/ticker'
import type { Chain } from '@tessera/chain/clients'
import { type Followed, RunFollower } from '@tessera/chain/follow'
import type { BlobSource } from '@tessera/protocol/blobSource'
import { TesseraError } from '@tessera/protocol/errors'
import type { RunParams } from '@tessera/protocol/events'
import type { Hex } from '@tessera/protocol/hex'
import { sourcesFor } from '@tessera/protocol/runView'
import { chooseDevice } from '@tessera/training/device'
import type { Device } from '@tessera/training/session'
import { Actor } from './actor.ts'
import { CodecPool } from './codecPool/pool.ts'
import { ContributionReader, type ContributionReaderOptions } from './contributionReader.ts'
import type { NodeOptions } from './nodeOptions.ts'
import { type Disk, openDisk } from './openDisk.ts'
import { openIdentity } from './openIdentity.ts'
import type { PublishMetrics } from './publishMetrics.ts'
import { readingDeadline } from './readingDeadline.ts'
import { Replica } from './replica.ts'
import { fetchRunBundle, type RunBundle } from './runBundle.ts'
import type { Service } from './service.ts'
import { TransferLog } from './transferLog.ts'
import { Troubles } from './troubles.ts'

/** How long the start may wait for the run's own blobs. */
const BUNDLE_DEADLINE_MS = 10 * 60_000
const BUNDLE_TRIES = 30

export interface NodeRequest {
  readonly component: 'miner' | 'validator'
  readonly options: NodeOptions
  readonly lifecycle: Lifecycle
  readonly metrics?: PublishMetrics
  /** Further routes of the node's HTTP server, by path. */
  readonly routes: Readonly<Record<string, Handler>>
  /** The options as they are logged once at the start, secrets redacted. */
  readonly settings: Readonly<Record<string, string>>
}

export interface Node extends Disk {
  readonly options: NodeOptions
  readonly signal: AbortSignal
  readonly clock: Clock
  readonly logger: Logger
  readonly progress: Progress
  readonly status: Status
  readonly chain: Chain
  readonly run: bigint
  readonly operator: Hex
  readonly actor: Actor
  readonly bundle: RunBundle
  /** What the model runs on. */
  readonly device: Device
  /** Encodes and aggregates on all cores. */
  readonly codec: CodecPool
  readonly replica: Replica
  readonly reader: ContributionReader
  /** Where a blob of this author may be, best first. */
  readonly sources: (author: Hex) => readonly BlobSource[]
  readonly follower: RunFollower
}

/** Opens everything, up to a replica at the genesis or the last state on disk. Errors: those of the parts. */
export async function openNode(request: NodeRequest): Promise<Node> {
  const { component, options, lifecycle } = request
  const { signal } = lifecycle
  const terminal = new Terminal(process.stdout)
  const logger = createLogger({ level: options.logLevel, terminal, format: options.logFormat, service: component })
  const progress = createProgress({ terminal, logger })
  lifecycle.onClose('progress', () => progress.close())
  const status = new Status()
  logger.info('settings', request.settings)

  const identity = await openIdentity(options, signal)
  const { chain, run, operator } = identity
  const follower = new RunFollower({ chain, run })
  const view = (): Followed | undefined => follower.current
  let known: RunBundle | undefined
  const disk = await openDisk({ ...request, identity, logger, status, view, bundle: () => known })
  follower.onReorg(({ from, to }) => logger.warn('the chain lost blocks', { from: from.number, to: to?.number }))
  const params = await followToRun(follower, run, logger, signal)
  const sources = (author: Hex | undefined): readonly BlobSource[] => {
    const { mirrors } = options
    return sourcesFor({ state: follower.current?.state, author, self: operator, mirrors, random: Math.random })
  }
  const { store } = disk
  const deadlineMs = BUNDLE_DEADLINE_MS
  // Asked again while those who have it are only coming up themselves; each try looks at who has announced an endpoint by then.
  const fetchBundle = async (): Promise<RunBundle> => {
    await follower.poll(signal)
    return await fetchRunBundle({ params, store, sources: () => sources(undefined), deadlineMs, signal })
  }
  const bundle = await retry(fetchBundle, {
    signal,
    totalMs: deadlineMs,
    tries: BUNDLE_TRIES,
    onRetry: (error) => logger.failure(error, 'the run’s own blobs are not there yet'),
  })
  known = bundle
  const { device, reason } = await chooseDevice(options.device, { signal })
  logger.info('device', { event: 'device', device, reason })
  const codec = new CodecPool()
  lifecycle.onClose('codec', () => codec.close())
  const replica = await openReplica(options, { run, bundle, params, codec })
  const { name } = bundle.manifest
  const { parameters } = bundle.layout
  logger.info('open', { event: 'open', operator, run, endpoint: disk.endpoint(view()), model: name, parameters })
  return {
    ...identity,
    ...disk,
    options,
    signal,
    clock: systemClock,
    logger,
    progress,
    status,
    actor: new Actor({ sender: identity.sender, logger: logger.child('sender'), signal }),
    bundle,
    device,
    codec,
    replica,
    reader: contributionReader({ bundle, store, sources, signal, codec }, follower, logger),
    sources,
    follower,
  }
}

/** Reads each contribution until the votes on its round end, so that all of a round have one deadline, and the chain's. */
function contributionReader(
  parts: Omit<ContributionReaderOptions, 'deadlineMs' | 'onProgress'>,
  follower: Pick<RunFollower, 'current'>,
  logger: Logger,
): ContributionReader {
  const log = new TransferLog(logger.child('transfer'), systemClock)
  return new ContributionReader({
    ...parts,
    deadlineMs: ({ round }) => readingDeadline(follower.current, round),
    onProgress: ({ round, slot, operator }, progress) => log.progress({ round, slot, operator }, progress),
  })
}

interface ReplicaParts {
  readonly run: bigint
  readonly bundle: RunBundle
  readonly params: RunParams
  readonly codec: CodecPool
}

function openReplica(options: NodeOptions, { run, bundle, params, codec }: ReplicaParts): Promise<Replica> {
  return Replica.open({
    run,
    folder: join(options.data, 'states'),
    layout: bundle.layout,
    aggregation: bundle.manifest.aggregation,
    codec,
    genesis: bundle.genesis,
    genesisRoot: params.genesisRoot,
    keep: options.keepStates,
  })
}

/** Looks at the chain until the signal aborts, and asks the services in their order. Rejects when one fails for good. */
export async function runNode(node: Node, services: readonly Service[]): Promise<void> {
  const troubles = new Troubles(node.logger)
  await runTicker({
    intervalMs: node.options.pollInterval,
    clock: node.clock,
    signal: node.signal,
    onError: (error) => troubles.failed('the chain', error, 'this look at the chain failed'),
    tick: async (signal) => {
      await node.follower.poll(signal)
      troubles.passed('the chain')
      for (const service of services) {
        const view = node.follower.current
        if (view === undefined || signal.aborted) return
        await step(service, view, node, troubles)
      }
    },
  })
}

/** A service's retryable trouble is its own: the others get their turn. */
async function step(service: Service, view: Followed, node: Node, troubles: Troubles): Promise<void> {
  try {
    await service.step(view)
    troubles.passed(service.name)
  } catch (error) {
    if (node.signal.aborted) return
    if (!(error instanceof TesseraError) || !error.retryable) throw error
    troubles.failed(service.name, error, `${service.name} will try again`)
  }
}

/** Follows the chain to its head once. Errors: `node/unknown-run`. */
async function followToRun(
  follower: RunFollower,
  run: bigint,
  logger: Logger,
  signal: AbortSignal,
): Promise<RunParams> {
  logger.info('following the chain', { run })
  await follower.poll(signal)
  const params = follower.current?.state.params
  if (params === undefined || params === null) {
    throw new TesseraError('node/unknown-run', `there is no run ${run} on this chain`, {
      hint: 'Give the number of an existing run with --run, or the deployment file of another network',
    })
  }
  return params
}
