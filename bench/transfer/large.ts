// The calculation that the benchmark is for: 72 B parameters, twenty contributors, rounds of twenty minutes. Sizes and links by model.ts,
// slowed by what the played scenarios took beyond it; computing by what was measured here, on as many threads as the pool takes.

import { type BenchResult, benchResult, type Target } from '../bench.ts'
import type { NodeWork } from './contributions.ts'
import { bucketTime, type Exchange, leastTime, type NodeClass, type RoundPlan, roundTime, seedUpload } from './model.ts'
import { COMMIT_SECONDS, type Played, SETTLE_SECONDS } from './results.ts'

const PARAMETERS = 72e9
const TRAIN_SECONDS = 1_200
/** The codec pool's most. Who trains 72 B parameters has more cores than that. */
const THREADS = 16
/** Bits a parameter of the reference's compressor as deployed (bench/codec): 2.98 GB. */
const REFERENCE_BITS = 0.3309
const CONTRIBUTORS: NodeClass = { count: 20, upMbps: 110, downMbps: 500, blobs: 1 }
/** Upload of all seeds together, Gb/s; the target is judged with the one that is played. */
const SEEDS = [1, 2.5, 5] as const
const JUDGED = 2.5
const GOAL = 0.945

export function calculated(played: readonly Played[], work: NodeWork): BenchResult[] {
  const first = played[0]
  if (first === undefined) return []
  const blobBytes = (first.blobBytes / first.parameters) * PARAMETERS
  const parts = computing(work)
  const slowdown = slowdowns(played)
  const alone: Exchange = { blobBytes, classes: [CONTRIBUTORS] }
  const peersOnly = leastTime(alone).seconds * slowdown.alone
  const bucket = bucketTime({ blobBytes: (REFERENCE_BITS / 8) * PARAMETERS, classes: [CONTRIBUTORS] })
  const plan = (transfer: number, overlap: boolean): RoundPlan => ({ ...parts, transfer, overlap })
  const seeded = SEEDS.map((gbps) => {
    const seeds: NodeClass = { count: 1, upMbps: 1_000 * gbps, downMbps: null, blobs: 0 }
    return { gbps, seconds: leastTime({ blobBytes, classes: [CONTRIBUTORS, seeds] }).seconds * slowdown.seeded }
  })
  const settled = TRAIN_SECONDS / GOAL - parts.apply - SETTLE_SECONDS
  return [
    row('a blob', blobBytes / 1e9, 'GB'),
    row('nineteen blobs at 500 Mb/s', (19 * 8 * blobBytes) / 500e6, 's'),
    row('check, aggregate and root', parts.apply, 's'),
    row('all have all, reference’s blobs by a bucket', bucket, 's'),
    row('all have all, peers only', peersOnly, 's'),
    ...seeded.map(({ gbps, seconds }) => row(`all have all, seeds of ${gbps} Gb/s`, seconds, 's')),
    row(`upload of seeds that ${GOAL} needs`, seedUpload(alone, settled / slowdown.seeded) / 1_000, 'Gb/s'),
    utilisation('reference’s blobs by a bucket, in sequence', plan(bucket, false)),
    utilisation('peers only, in sequence', plan(peersOnly, false)),
    utilisation('peers only, overlap', plan(peersOnly, true)),
    ...seeded.flatMap(({ gbps, seconds }) => [
      utilisation(`seeds of ${gbps} Gb/s, in sequence`, plan(seconds, false)),
      utilisation(
        `seeds of ${gbps} Gb/s, overlap`,
        plan(seconds, true),
        gbps === JUDGED ? `value >= ${GOAL}` : undefined,
      ),
    ]),
  ]
}

/** How much longer the played exchanges took than calculated; at least not at all. Those that a busy machine slowed count too. */
function slowdowns(played: readonly Played[]): { readonly alone: number; readonly seeded: number } {
  const of = (seeded: boolean): number =>
    Math.max(
      1,
      ...played
        .filter(
          ({ scenario: { dead, seedsMbps, way } }) => way === 'swarm' && dead === 0 && seedsMbps.length > 0 === seeded,
        )
        .map(({ expected, outcome }) => outcome.seconds / expected),
    )
  return { alone: of(false), seeded: of(true) }
}

/** In proportion to the parameters, and to the threads where work is shared by them. */
function computing(work: NodeWork) {
  const size = PARAMETERS / work.parameters
  const threads = work.threads / THREADS
  return {
    train: TRAIN_SECONDS,
    encode: work.encodeSeconds * size * threads,
    commit: COMMIT_SECONDS,
    apply: work.aggregateSeconds * size * threads + work.rootSeconds * size,
    settle: SETTLE_SECONDS,
  }
}

function utilisation(what: string, plan: RoundPlan, target?: Target): BenchResult {
  return row(`utilisation, ${what}`, roundTime(plan).utilisation, '', target)
}

function row(metric: string, value: number, unit: string, target?: Target): BenchResult {
  return benchResult({ metric: `72 B, calculated: ${metric}`, value, unit, ...(target && { target }) })
}
