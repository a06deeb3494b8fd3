// Plays one scenario: makes the network, starts a process a node, lets them exchange their blobs, and counts. Times are those of the
// real network: what this machine's clock says, divided by the dilation.

import { mkdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { BlobSource } from '@tessera/protocol/blobSource'
import { TesseraError } from '@tessera/protocol/errors'
import type { BlobRef } from '@tessera/storage/blobRef'
import { Random } from '@tessera/training/random'
import type { BenchContext } from '../bench.ts'
import { LineProcess } from '../lineProcess.ts'
import { median } from '../measure.ts'
import { lookAtCpu, shareBetween } from './cpu.ts'
import { addressOf, type LinkStats, Network, type NetworkStats } from './network.ts'
import { type BlobAt, type Delivered, PORT, type Usage } from './peerCalls.ts'
import { LOSS, linksOf, QUEUE_MS, refusing, type Scenario } from './scenario.ts'

const SEED = 1
/** An address of the network that nobody has. */
const NOBODY = 1_000

export interface PlayRequest {
  readonly scenario: Scenario
  /** A file a peer. */
  readonly paths: readonly string[]
  readonly blobBytes: number
  readonly dilation: number
  /** Seconds that a fetch may take. */
  readonly deadline: number
}

export interface Outcome {
  /** Until the last peer had all blobs. */
  readonly seconds: number
  /** Until half of the peers had all. */
  readonly medianSeconds: number
  /** Blobs that did not arrive, with the codes of the errors. */
  readonly failures: readonly string[]
  /** Bytes of IP packets a peer, on average and at most. */
  readonly received: Spread
  readonly sent: Spread
  /** Share of all packets that did not arrive. */
  readonly lostShare: number
  /** Busy share of this machine's cores, by anybody. */
  readonly cpuShare: number
  /** How late a packet was at worst, ms of the network. */
  readonly latestMs: number
  /** Largest resident memory of a peer. */
  readonly peakBytes: number
}

interface Spread {
  readonly mean: number
  readonly most: number
}

type PlayContext = Pick<BenchContext, 'cacheFolder' | 'root' | 'signal'>

/** A network with a process at each node that has one, as long as `use` takes. */
export async function onNetwork<T>(
  {
    scenario,
    dilation,
    context,
  }: { readonly scenario: Scenario; readonly dilation: number; readonly context: PlayContext },
  use: (network: Network, processes: readonly LineProcess[]) => Promise<T>,
): Promise<T> {
  const { root, signal } = context
  const nodes = linksOf(scenario)
  const network = await Network.open({ root, nodes, loss: LOSS, queueMs: QUEUE_MS, dilation, seed: SEED, signal })
  const script = join(root, 'bench', 'transfer', 'peer.ts')
  const processes = nodes.slice(0, nodes.length - refusing(scenario)).map(
    (_, node) =>
      new LineProcess({
        title: `node ${node}`,
        hint: 'See bench/transfer/README.md',
        ...network.at(node, [process.execPath, script]),
        signal,
      }),
  )
  try {
    return await use(network, processes)
  } catch (error) {
    // The others may be waiting for one that has failed.
    for (const node of processes) node.kill()
    throw error
  } finally {
    await Promise.all(processes.map((node) => node.close()))
    await network.close()
  }
}

export async function play(request: PlayRequest, context: PlayContext): Promise<Outcome> {
  const { scenario, dilation } = request
  const folder = join(context.cacheFolder, 'nodes')
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  try {
    return await onNetwork({ scenario, dilation, context }, async (network, processes) => {
      const start = scenario.way === 'swarm' ? prepareSwarm : prepareBucket
      const exchange = await start(request, processes, folder)
      const before = await network.stats()
      const cpu = lookAtCpu()
      const delivered = await exchange()
      const cpuShare = shareBetween(cpu, lookAtCpu())
      const after = await network.stats()
      const used = await Promise.all(processes.map((node) => node.call<Usage>('usage')))
      const peakBytes = Math.max(...used.slice(0, scenario.peers).map((usage) => usage.peakBytes))
      return { ...summary(request, delivered), ...traffic(scenario, before, after, dilation), cpuShare, peakBytes }
    })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Everything up to the moment at which all peers have their blob and nobody has another's; gives the exchange, to be timed. */
type Exchange = () => Promise<readonly (readonly Delivered[])[]>

async function prepareSwarm(request: PlayRequest, nodes: readonly LineProcess[], folder: string): Promise<Exchange> {
  const { scenario, dilation, paths, deadline } = request
  const { peers, seedsMbps } = scenario
  const stores = peers + seedsMbps.length
  await Promise.all(
    nodes.map((node, n) =>
      n < stores ? node.call('open', { folder: join(folder, String(n)), dilation }) : node.call('lie'),
    ),
  )
  const refs: BlobRef[] = []
  // One after the other: they share a disk that they would not share.
  for (const [n, node] of nodes.slice(0, peers).entries())
    refs.push(await node.call<BlobRef>('put', { path: paths[n] as string }))
  const orders = nodes.slice(0, stores).map((_, reader) => blobsFor(reader, refs, scenario))
  return async () => {
    const fetches = orders.map(async (blobs, n) => {
      const request = { blobs, deadlineMs: deadline * 1000 }
      return (await (nodes[n] as LineProcess).call<{ delivered: readonly Delivered[] }>('fetch', request)).delivered
    })
    // Seeds fetch for others: when they have all is of no interest.
    return (await Promise.all(fetches)).slice(0, peers)
  }
}

/** The blobs that a node wants, each with all that may have it in the order in which nodes list them: the author, then others at random. */
function blobsFor(reader: number, refs: readonly BlobRef[], scenario: Scenario): BlobAt[] {
  const random = new Random(SEED, reader)
  const { dead, liars, peers, seedsMbps } = scenario
  const others = peers + seedsMbps.length + liars + refusing(scenario)
  const silent = Array.from({ length: dead - refusing(scenario) }, (_, n) => NOBODY + n)
  const all = [...Array.from({ length: others }, (_, n) => n), ...silent]
  const at = (node: number, role: BlobSource['role']): BlobSource => ({
    url: `http://${addressOf(node)}:${PORT}`,
    role,
  })
  return [...refs.entries()]
    .filter(([author]) => author !== reader)
    .map(([author, ref]) => {
      const rest = all.filter((node) => node !== reader && node !== author)
      const shuffled = rest.map((node) => ({ node, key: random.uint32() })).sort((a, b) => a.key - b.key)
      return { ref, sources: [at(author, 'author'), ...shuffled.map(({ node }) => at(node, 'peer'))] }
    })
}

async function prepareBucket(request: PlayRequest, nodes: readonly LineProcess[], folder: string): Promise<Exchange> {
  const { blobBytes, paths } = request
  const { peers } = request.scenario
  await nodes[peers]?.call('bucket', { folder: join(folder, 'bucket') })
  // Exact sizes differ by some bytes; each is what its author says.
  const sizes = await Promise.all(paths.map(async (path) => (await stat(path)).size))
  if (sizes.some((size) => size > 2 * blobBytes)) throw new RangeError('a blob is larger than was said')
  return () =>
    Promise.all(
      nodes.slice(0, peers).map(async (node, n) => {
        const others = sizes.map((size, name) => ({ name: String(name), size })).filter((_, name) => name !== n)
        const own = { name: String(n), path: paths[n] as string }
        const call = { host: addressOf(peers), own, others, folder: join(folder, String(n)) }
        return (await node.call<{ delivered: readonly Delivered[] }>('allGather', call)).delivered
      }),
    )
}

function summary({ dilation }: PlayRequest, delivered: readonly (readonly Delivered[])[]) {
  const failures = delivered.flat().flatMap(({ failure }) => (failure === undefined ? [] : [failure]))
  const ends = delivered.map((blobs) => Math.max(...blobs.map(({ seconds }) => seconds)) / dilation)
  return { seconds: Math.max(...ends), medianSeconds: median(ends), failures }
}

function traffic({ peers }: Scenario, before: NetworkStats, after: NetworkStats, dilation: number) {
  const between = (field: keyof LinkStats): number[] =>
    after.nodes.map((node, n) => node[field] - (before.nodes[n]?.[field] ?? 0))
  const spread = (field: 'sent' | 'received'): Spread => {
    const values = between(field).slice(0, peers)
    return { mean: values.reduce((sum, value) => sum + value, 0) / peers, most: Math.max(...values) }
  }
  const sum = (field: keyof LinkStats): number => between(field).reduce((total, value) => total + value, 0)
  return {
    received: spread('received'),
    sent: spread('sent'),
    lostShare: (sum('lost') + sum('overflowed')) / Math.max(1, sum('packets')),
    latestMs: after.latestMs / dilation,
  }
}

/** @throws `bench/not-delivered` */
export function requireDelivered({ title }: Scenario, { failures }: Outcome): void {
  if (failures.length === 0) return
  const codes = [...new Set(failures)].join(', ')
  throw new TesseraError('bench/not-delivered', `${failures.length} blobs did not arrive with ${title}: ${codes}`, {
    hint: 'See bench/transfer/README.md; on a busy machine a larger dilation may be needed',
    context: { title, failures: failures.length },
  })
}
