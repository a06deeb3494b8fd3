// The numbers of the played scenarios as results, each beside the reference's on the same links and beside what model.ts says.

import { type BenchResult, benchResult } from '../bench.ts'
import type { NodeWork } from './contributions.ts'
import { bucketTime, type Exchange, leastTime } from './model.ts'
import type { Outcome } from './play.ts'
import type { Scenario } from './scenario.ts'

export interface Played {
  readonly scenario: Scenario
  readonly parameters: number
  readonly blobBytes: number
  /** What model.ts says, s. */
  readonly expected: number
  readonly outcome: Outcome
}

/** Above it the machine was measured, not the network. */
export const BUSY = 0.9
const BLOCK_SECONDS = 12
/** Blocks that pass one after the other: commit; then reveal, propose, attest. */
export const COMMIT_SECONDS = BLOCK_SECONDS
export const SETTLE_SECONDS = 3 * BLOCK_SECONDS

function exchangeOf({ downMbps, firstUpMbps, peers, seedsMbps, upMbps }: Scenario, blobBytes: number): Exchange {
  const first = firstUpMbps ?? upMbps
  return {
    blobBytes,
    classes: [
      { count: 1, upMbps: first, downMbps, blobs: 1 },
      { count: peers - 1, upMbps, downMbps, blobs: 1 },
      ...seedsMbps.map((mbps) => ({ count: 1, upMbps: mbps, downMbps: mbps, blobs: 0 }) as const),
    ],
  }
}

/** Seconds until everybody has everything, as calculated. */
export function predicted(scenario: Scenario, blobBytes: number): number {
  const exchange = exchangeOf(scenario, blobBytes)
  return scenario.way === 'bucket' ? bucketTime(exchange) : leastTime(exchange).seconds
}

function titleOf({ blobBytes, parameters, scenario }: Played): string {
  return `${scenario.title}, ${parameters / 1e9} B parameters, ${(blobBytes / 1e6).toFixed(1)} MB`
}

export function playedResults(played: readonly Played[]): BenchResult[] {
  return played.flatMap((one) => {
    const { blobBytes, expected, outcome, parameters, scenario } = one
    const title = titleOf(one)
    const reference =
      scenario.way === 'bucket'
        ? undefined
        : played.find((other) => other.scenario.way === 'bucket' && other.parameters === parameters)?.outcome
    const least = ((scenario.peers - 1) * blobBytes) / 1e6
    // A busy machine says nothing about the network, so there is nothing to judge by.
    const wasFree = outcome.cpuShare < BUSY
    return [
      benchResult({
        metric: `all have all: ${title}`,
        value: outcome.seconds,
        unit: 's',
        peer: reference === undefined ? null : 'reference: bucket',
        peerValue: reference?.seconds ?? null,
      }),
      benchResult({
        metric: '  beside the calculation',
        value: outcome.seconds,
        unit: 's',
        peer: wasFree ? 'calculated' : 'calculated; the machine was busy',
        peerValue: wasFree ? expected : null,
        target: 'ratio <= 1.15',
      }),
      traffic('received', outcome.received.mean, least),
      traffic('sent', outcome.sent.mean, scenario.way === 'bucket' ? blobBytes / 1e6 : least),
      benchResult({ metric: '  share of this machine’s cores', value: outcome.cpuShare, unit: '' }),
    ]
  })
}

function traffic(direction: string, bytes: number, least: number): BenchResult {
  return benchResult({
    metric: `  ${direction} by a peer, with headers and acknowledgements`,
    value: bytes / 1e6,
    unit: 'MB',
    peer: 'the least',
    peerValue: least,
    ...(direction === 'received' && { target: 'ratio <= 1.1' as const }),
  })
}

/** From the end of training to the final state, for the played models whose computing was measured. */
export function stateFinalResults(played: readonly Played[], work: NodeWork): BenchResult[] {
  const { aggregateSeconds, encodeSeconds, parameters, rootSeconds, threads } = work
  const computing = encodeSeconds + aggregateSeconds + rootSeconds
  const each = (metric: string, value: number): BenchResult =>
    benchResult({ metric: `${metric}, ${parameters / 1e9} B parameters`, value, unit: 's' })
  return [
    each(`encode, ${threads} threads`, encodeSeconds),
    each(`check and aggregate all, ${threads} threads`, aggregateSeconds),
    each('root of the state', rootSeconds),
    ...played
      .filter((one) => one.parameters === parameters)
      .map((one) =>
        benchResult({
          metric: `end of training to state final: ${titleOf(one)}`,
          value: one.outcome.seconds + computing + COMMIT_SECONDS + SETTLE_SECONDS,
          unit: 's',
          peer: 'blocks alone',
          peerValue: COMMIT_SECONDS + SETTLE_SECONDS,
        }),
      ),
  ]
}
