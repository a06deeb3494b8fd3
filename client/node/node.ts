// A node of a run, whatever its role: the parts that a miner and a validator share, opened in order and closed in reverse, and
// the loop that looks at the chain and asks each service for its duty. What the duties are is decided by the program.

import { join } from 'node:path'
import { type Clock, systemClock } from '@tessera/agent/clock'
import type { Handler } from '@tessera/agent/httpServer'
import { Journal } from '@tessera/agent/journal'
import { loadKeystore, readPassword } from '@tessera/agent/keystore'
import type { Lifecycle } from '@tessera/agent/lifecycle'
import { readFileLimited } from '@tessera/agent/limitedFile'
import { createLogger, type Logger } from '@tessera/agent/logger'
import { defineOptions } from '@tessera/agent/options'
import type { Resolved } from '@tessera/agent/optionTable'
import { createProgress, type Progress } from '@tessera/agent/progress'
import { retry } from '@tessera/agent/retry'
import { Status } from '@tessera/agent/status'
import { Terminal } from '@tessera/agent/terminal'
import { runTicker } from '@tessera/agent/ticker'
import { accountOf } from '@tessera/chain/account'
import { getOperator } from '@tessera/chain/actions/getOperator'
import { MAX_DEPLOYMENT_BYTES, parseDeployment } from '@tessera/chain/addresses'
import { type Chain, openChain } from '@tessera/chain/clients'
import { type Followed, RunFollower } from '@tessera/chain/follow'
import { TransactionSender } from '@tessera/chain/send'
import type { BlobSource } from '@tessera/protocol/blobSource'
import { TesseraError } from '@tessera/protocol/errors'
import type { RunParams } from '@tessera/protocol/events'
import { type Hex, lowerHex } from '@tessera/protocol/hex'
import { sourcesFor } from '@tessera/protocol/runView'
import type { EmbeddedStore } from '@tessera/storage/embeddedStore'
import { GATEWAY_LIMITS, startGateway } from '@tessera/storage/gatewayServer'
import { chooseDevice } from '@tessera/training/device'
import type { Device } from '@tessera/training/session'
import { Actor } from './actor.ts'
import { CodecPool } from './codecPool/pool.ts'
import { ContributionReader, type ContributionReaderOptions } from './contributionReader.ts'
import { nodeOptions } from './nodeOptions.ts'
import { bytesPerSecond, openStore } from './openStore.ts'
import { readingDeadline } from './readingDeadline.ts'
import { Replica } from './replica.ts'
import { fetchRunBundle, type RunBundle } from './runBundle.ts'
import type { Service } from './service.ts'
import { TransferLog } from './transferLog.ts'

const commonOptions = defineOptions(nodeOptions)
export type NodeOptions = Resolved<typeof commonOptions>

/** How long the start may wait for the run's own blobs. */
const BUNDLE_DEADLINE_MS = 10 * 60_000
const BUNDLE_TRIES = 30

export interface NodeRequest {
  readonly component: 'miner' | 'validator'
  readonly options: NodeOptions
  readonly lifecycle: Lifecycle
  /** Further routes of the node's HTTP server, by path. */
  readonly routes: Readonly<Record<string, Handler>>
  /** The options as they are logged once at the start, secrets redacted. */
  readonly settings: Readonly<Record<string, string>>
}

export interface Node {
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
  readonly journal: Journal
  readonly store: EmbeddedStore
  /** Where this node's blobs are to be had by others. */
  readonly endpoint: string
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
  const disk = await openDisk(request, identity, logger, status)
  const { chain, run, operator } = identity
  const follower = new RunFollower({ chain, run })
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
  const { device, reason } = await chooseDevice(options.device, { signal })
  logger.info('device', { event: 'device', device, reason })
  const codec = new CodecPool()
  lifecycle.onClose('codec', () => codec.close())
  const replica = await openReplica(options, { run, bundle, params, codec })
  const { name } = bundle.manifest
  const { parameters } = bundle.layout
  logger.info('open', { event: 'open', operator, run, endpoint: disk.endpoint, model: name, parameters })
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

interface Identity {
  readonly chain: Chain
  readonly run: bigint
  readonly operator: Hex
  readonly sender: TransactionSender
}

/** The key, the chain, and whom the key acts for on it. */
async function openIdentity(options: NodeOptions, signal: AbortSignal): Promise<Identity> {
  const { keystorePassword, keystorePasswordFile } = options
  const password = await readPassword({ password: keystorePassword, passwordFile: keystorePasswordFile })
  const key = await loadKeystore({ path: options.keystore, password, signal })
  const file = await readFileLimited(options.deployment, MAX_DEPLOYMENT_BYTES)
  const chain = await openChain({
    rpcUrl: options.rpc,
    deployment: parseDeployment(new TextDecoder().decode(file)),
    signal,
  })
  const operator = await operatorFor(chain, key.address, signal)
  const account = accountOf(key.privateKey)
  const sender = new TransactionSender({ chain, account, clock: systemClock, pollMs: options.pollInterval })
  return { chain, run: BigInt(options.run), operator, sender }
}

/** Journal and blobs in the data folder, and the gateway that serves them. */
async function openDisk(
  request: NodeRequest,
  identity: Identity,
  logger: Logger,
  status: Status,
): Promise<Pick<Node, 'journal' | 'store' | 'endpoint'>> {
  const { options, lifecycle } = request
  const { chain, run, operator } = identity
  const { chainId, genesisHash, runCoordinator } = chain.deployment
  const scope = `${chainId}/${genesisHash}/${lowerHex(runCoordinator)}/${run}/${operator}`
  const journal = Journal.open({ folder: join(options.data, 'journal'), scope })
  lifecycle.onClose('journal', () => journal.close())
  const store = await openStore(options)
  lifecycle.onClose('blobs', () => store.close())
  const gateway = await startGateway({
    blocks: store.blocks,
    host: options.listenHost,
    port: options.listenPort,
    routes: { '/status': status.handler, ...request.routes },
    // On a test network all nodes have one address.
    limits: options.allowPrivate ? ONE_ADDRESS : {},
    uploadBytesPerSecond: bytesPerSecond(options.uploadLimit),
    underWay: (root) => store.underWay(root),
    onError: (error) => logger.failure(error, 'gateway'),
  })
  lifecycle.onClose('gateway', () => gateway.close())
  return { journal, store, endpoint: options.endpoint ?? gateway.url }
}

/** Everybody has the address of this machine. */
const ONE_ADDRESS = {
  maxConnectionsPerAddress: GATEWAY_LIMITS.maxConnections,
  maxServingPerAddress: GATEWAY_LIMITS.maxServing,
  maxWaitingPerAddress: GATEWAY_LIMITS.maxWaiting,
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
  await runTicker({
    intervalMs: node.options.pollInterval,
    clock: node.clock,
    signal: node.signal,
    onError: (error) => node.logger.failure(error, 'this look at the chain failed'),
    tick: async (signal) => {
      await node.follower.poll(signal)
      for (const service of services) {
        const view = node.follower.current
        if (view === undefined || signal.aborted) return
        await step(service, view, node)
      }
    },
  })
}

/** A service's retryable trouble is its own: the others get their turn. */
async function step(service: Service, view: Followed, node: Node): Promise<void> {
  try {
    await service.step(view)
  } catch (error) {
    if (node.signal.aborted) return
    if (!(error instanceof TesseraError) || !error.retryable) throw error
    node.logger.failure(error, `${service.name} will try again`)
  }
}

/** The operator that the key acts for. Errors: `node/not-an-operator`. */
async function operatorFor(chain: Chain, account: Hex, signal: AbortSignal): Promise<Hex> {
  const operator = await getOperator(chain, { account }, { signal })
  if (operator === undefined) {
    throw new TesseraError(
      'node/not-an-operator',
      `the key ${account} is neither an operator nor the delegate of one`,
      {
        hint: 'Deposit stake and name this key as delegate with the operator’s own key, or give the right key file',
        context: { account, stakeVault: chain.deployment.stakeVault },
      },
    )
  }
  return lowerHex(operator)
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
