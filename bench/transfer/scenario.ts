// What is played on the network: who is there, on what links, and how they exchange a round's blobs. Data only; play.ts plays it.

import type { LinkSpec } from './network.ts'

/** `swarm`: our nodes, from each other. `bucket`: the reference, by way of a bucket without limits. */
export type Way = 'swarm' | 'bucket'

export interface Scenario {
  readonly title: string
  readonly way: Way
  /** Contributors, each with a blob that all others want. */
  readonly peers: number
  readonly upMbps: number
  readonly downMbps: number
  /** Upload of the first peer, if it is another one. */
  readonly firstUpMbps?: number
  /** Nodes without a blob that fetch all and pass them on: rate of each, both ways. */
  readonly seedsMbps: readonly number[]
  /** Named as sources by everybody: one does not answer, one refuses connections, and so on in turn. */
  readonly dead: number
  /** Named as sources by everybody, and send noise. */
  readonly liars: number
}

const PEERS = { peers: 20, upMbps: 110, downMbps: 500, seedsMbps: [], dead: 0, liars: 0 } as const

export const SWARM: Scenario = { ...PEERS, title: 'peers only', way: 'swarm' }
export const BUCKET: Scenario = { ...PEERS, title: 'reference: bucket', way: 'bucket' }
export const HOSTILE: Scenario = {
  ...PEERS,
  title: 'one author at 10 Mb/s, 2 dead, 2 liars',
  way: 'swarm',
  firstUpMbps: 10,
  dead: 2,
  liars: 2,
}
export function withSeed(mbps: number): Scenario {
  return { ...PEERS, title: `a seed of ${mbps / 1000} Gb/s`, way: 'swarm', seedsMbps: [mbps] }
}

/** Share of packets that get lost, each way. */
export const LOSS = 1e-3
/** Buffer of a link, as time at its rate. */
export const QUEUE_MS = 50
/** From a node to the middle of the network: the first and the last of the peers, ms. Between two of them a packet takes the sum. */
const DELAY_MS = { least: 5, most: 25 } as const
/** Seeds and buckets stand well. */
const CENTRE_MS = 2

/** Links of all nodes of a scenario, peers first, then seeds or the bucket, then liars, then those of the dead that have an address. */
export function linksOf(scenario: Scenario): LinkSpec[] {
  const { downMbps, firstUpMbps, liars, peers, seedsMbps, upMbps, way } = scenario
  const step = (DELAY_MS.most - DELAY_MS.least) / Math.max(1, peers - 1)
  const peer = (n: number): LinkSpec => ({
    upMbps: n === 0 ? (firstUpMbps ?? upMbps) : upMbps,
    downMbps,
    delayMs: DELAY_MS.least + n * step,
  })
  const centre = (mbps: number | null): LinkSpec => ({ upMbps: mbps, downMbps: mbps, delayMs: CENTRE_MS })
  const ordinary: LinkSpec = { upMbps, downMbps, delayMs: DELAY_MS.least }
  return [
    ...Array.from({ length: peers }, (_, n) => peer(n)),
    ...(way === 'bucket' ? [centre(null)] : seedsMbps.map(centre)),
    ...Array.from({ length: liars + refusing(scenario) }, () => ordinary),
  ]
}

/** How many of the dead have an address at which nobody listens; the others have none. */
export function refusing({ dead }: Scenario): number {
  return Math.ceil(dead / 2)
}
