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
/** Seeds are asked for a little more than the least, so that transfer leaves a tenth of the round free. */
const ROOM = 0.9

export function calculated(played: readonly Played[], work: NodeWork): BenchResult[] {
  const first = played[0]
  if (first === undefined) return []
  const blobBytes = (first.blobBytes / first.parameters) * PARAMETERS
  const parts = computing(work)
  const slowdown = slowdowns(played)
  const peersOnly: Exchange = { blobBytes, classes: [CONTRIBUTORS] }
  const free = TRAIN_SECONDS + parts.encode + COMMIT_SECONDS - parts.apply - SETTLE_SECONDS
  const wanted = Math.ceil(seedUpload(peersOnly, (ROOM * free) / slowdown.seeded))
  const seeds: NodeClass = { count: 1, upMbps: wanted, downMbps: null, blobs: 0 }
  const seeded: Exchange = { blobBytes, classes: [CONTRIBUTORS, seeds] }
  const alone = leastTime(peersOnly).seconds * slowdown.alone
  const helped = leastTime(seeded).seconds * slowdown.seeded
  const theirs = bucketTime({ blobBytes: (REFERENCE_BITS / 8) * PARAMETERS, classes: [CONTRIBUTORS] })
  const plan = (transfer: number, overlap: boolean): RoundPlan => ({ ...parts, transfer, overlap })
  const seedText = `${(wanted / 1_000).toFixed(2)} Gb/s of seeds`
  return [
    row('blob', blobBytes / 1e9, 'GB'),
    row('download of the others’ blobs alone', (19 * 8 * blobBytes) / 500e6, 's'),
    row('all have all, peers only', alone, 's'),
    row(`all have all, ${seedText}`, helped, 's'),
    row('all have all, reference’s blobs by a bucket', theirs, 's'),
    row('check, aggregate and root', parts.apply, 's'),
    utilisation('reference’s blobs by a bucket, in sequence', plan(theirs, false)),
    utilisation('peers only, in sequence', plan(alone, false)),
    utilisation(`${seedText}, in sequence`, plan(helped, false)),
    utilisation('peers only, overlap', plan(alone, true)),
    utilisation(`${seedText}, overlap`, plan(helped, true), 'value >= 0.945'),
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
