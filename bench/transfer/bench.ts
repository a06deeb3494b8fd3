// `npm run bench -- transfer`: how long the blobs of a round take among twenty peers on links of 500 Mb/s down and 110 Mb/s up, and what
// that comes to for a model that no machine here could hold. Plays the scenarios of plan.ts, then asks model.ts.

import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { BenchContext, BenchResult } from '../bench.ts'
import { contributionsOf, measureNodeWork, type NodeWork, type Work } from './contributions.ts'
import { measureLinks } from './fidelity.ts'
import { calculated } from './large.ts'
import { requireRoot } from './network.ts'
import { noiseBlobs } from './noise.ts'
import { GIGABYTE_MODEL, LINK_DILATION, type Step, stepsOf } from './plan.ts'
import { play, requireDelivered } from './play.ts'
import { type Played, playedResults, predicted, stateFinalResults } from './results.ts'

/** Over the calculated time: what takes longer has failed. */
const PATIENCE = 10
const LEAST_DEADLINE = 120

export async function run(context: BenchContext): Promise<BenchResult[]> {
  requireRoot()
  const { args, full, log, signal } = context
  const work: Work = { cacheFolder: context.cacheFolder, log, signal, threads: args.threads }
  const steps = stepsOf(full, args.stretch)
  const links = await measureLinks(LINK_DILATION * args.stretch, context)
  const played: Played[] = []
  for (const step of steps) {
    signal.throwIfAborted()
    played.push(await playStep(step, context, work))
  }
  const nodeWork = await timeNode(steps, work)
  return [...links, ...playedResults(played), ...stateFinalResults(played, nodeWork), ...calculated(played, nodeWork)]
}

async function playStep(step: Step, context: BenchContext, work: Work): Promise<Played> {
  const { dilation, parameters, real, scenario } = step
  const { bytes: blobBytes, paths } = await blobsOf(step, work)
  const expected = predicted(scenario, blobBytes)
  const title = `${scenario.title}, ${(blobBytes / 1e6).toFixed(1)} MB`
  context.log(`${title}: ${expected.toFixed(1)} s by calculation, played ${dilation} times slower`)
  const deadline = Math.max(LEAST_DEADLINE, PATIENCE * expected)
  try {
    const outcome = await play({ scenario, paths, blobBytes, dilation, deadline }, context)
    requireDelivered(scenario, outcome)
    const { cpuShare, latestMs, lostShare, medianSeconds, peakBytes, seconds } = outcome
    const percent = (share: number): string => `${(100 * share).toFixed(1)} %`
    context.log(
      `${title}: ${seconds.toFixed(1)} s, half of the peers ${medianSeconds.toFixed(1)} s; cores busy ${percent(cpuShare)}, ` +
        `packets lost ${percent(lostShare)}, late ${latestMs.toFixed(1)} ms at most, a peer's memory ${(peakBytes / 1e6).toFixed(0)} MB`,
    )
    return { scenario, parameters, blobBytes, expected, outcome }
  } finally {
    if (!real) await rm(noiseFolder(work), { recursive: true, force: true })
  }
}

async function blobsOf(
  { parameters, real, scenario }: Step,
  work: Work,
): Promise<{ bytes: number; paths: readonly string[] }> {
  if (real) return await contributionsOf(parameters, scenario.peers, work)
  // As many bits a parameter as the real ones have.
  const known = await contributionsOf(GIGABYTE_MODEL, scenario.peers, work)
  const bytes = Math.round((known.bytes * parameters) / GIGABYTE_MODEL)
  return { bytes, paths: await noiseBlobs(noiseFolder(work), bytes, scenario.peers, work.signal) }
}

function noiseFolder({ cacheFolder }: Work): string {
  return join(cacheFolder, 'noise')
}

/** For the largest model whose contributions are real. */
async function timeNode(steps: readonly Step[], work: Work): Promise<NodeWork> {
  const largest = Math.max(...steps.filter(({ real }) => real).map(({ parameters }) => parameters))
  work.log(`encoding, checking, aggregating and hashing a model of ${largest / 1e9} B parameters`)
  return await measureNodeWork(await contributionsOf(largest, 20, work), work)
}
