// @testonly A trainer of the tiny run with everything around it, on a clock that stands still.

import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { ManualClock } from '@tessera/agent/manualClock'
import type { Progress } from '@tessera/agent/progress'
import { CodecPool } from '@tessera/node/codecPool/pool'
import { memoryStore, openJournal, openReplica, tempFolder } from '@tessera/node/testing/parts'
import { Log } from '@tessera/node/testing/recorders'
import { RunStory } from '@tessera/node/testing/runStory'
import { hash32, minerAddress, RUN } from '@tessera/node/testing/storyParts'
import { tinyRun } from '@tessera/node/testing/tinyRun'
import { slotOf } from '@tessera/protocol/runView'
import { trainingStart } from '@tessera/protocol/trainingStart'
import type { BlobStore } from '@tessera/storage/blobStore'
import { Trainer as TrainProgram, type TrainRequest, type TrainResult } from '@tessera/training/trainer'
import { readContribution } from '../contributionRecord.ts'
import { openMetrics } from '../metrics.ts'
import { WorkFolder } from '../work.ts'
import { Trainer } from './trainer.ts'

const tiny = await tinyRun()
export const BATCH = tiny.manifest.training.batch
export const OPERATOR = minerAddress(1)
export const GENESIS = tiny.manifest.genesis.root
/** Rates differ from step to step, so that a wrong step is seen. */
export const LEARNING_RATE = { kind: 'cosine', peak: 0.02, floor: 0.001, warmupSteps: 2, totalSteps: 20 } as const
export const bundle = {
  ...tiny.bundle,
  manifest: { ...tiny.manifest, training: { ...tiny.manifest.training, learningRate: LEARNING_RATE } },
}
export const program = await TrainProgram.create({
  program: bundle.programs.train,
  config: bundle.model,
  batch: BATCH,
})
export interface SceneOptions {
  /** Whether rounds of the run overlap. */
  readonly overlap?: boolean
  /** Of an earlier process. */
  readonly folder?: string
  readonly store?: BlobStore
  /** Told after each step. */
  readonly onStep?: (done: number) => void
  /** Instead of the program. */
  readonly train?: (request: TrainRequest) => Promise<TrainResult>
}

/** A program and a progress that note what they are asked for and told. */
function recording(options: SceneOptions) {
  const requests: TrainRequest[] = []
  const results: TrainResult[] = []
  const train = async (request: TrainRequest): Promise<TrainResult> => {
    requests.push(request)
    const result = await (options.train?.(request) ?? program.train(request))
    results.push(result)
    return result
  }
  const bars: string[] = []
  const progress: Progress = {
    start: ({ label, total, unit }) => {
      bars.push(`${label} of ${total} ${unit}`)
      return { update: (done) => options.onStep?.(done), finish: () => bars.pop() }
    },
    close: () => undefined,
  }
  return { requests, results, train, bars, progress }
}

export async function scene(t: TestContext, options: SceneOptions = {}) {
  const folder = options.folder ?? (await tempFolder(t))
  const store = options.store ?? (await memoryStore(t))
  const journal = await openJournal(t, join(folder, 'journal'))
  const replica = await openReplica(t, { folder: join(folder, 'states') })
  const work = new WorkFolder({
    folder: join(folder, 'work'),
    parameters: bundle.layout.parameters,
    counts: (round, trainSeed) => readContribution(journal, round, trainSeed) !== undefined,
  })
  const { manifest } = bundle
  const training = { ...manifest.training, overlap: options.overlap ?? false }
  const { train, progress, ...recorded } = recording(options)
  const log = new Log()
  const clock = new ManualClock()
  const stop = new AbortController()
  const { metrics, registry } = openMetrics()
  let salts = 0
  const service = new Trainer({
    run: RUN,
    operator: OPERATOR,
    slotOf: (view) => slotOf(view.state, 'miner', OPERATOR),
    bundle: { ...bundle, manifest: { ...manifest, training } },
    replica,
    codec: new CodecPool(),
    // The program outlives the tests; `close` is how they wait.
    program: { train, dispose: () => Promise.resolve() } as TrainProgram,
    work,
    journal,
    store,
    progress,
    logger: log.logger,
    metrics,
    stepsPerCall: 1,
    salt: () => new Uint8Array(32).fill(++salts),
    clock,
    signal: stop.signal,
  })
  const record = ({ round, state }: RunStory, id = round.id) =>
    readContribution(journal, id, trainingStart(state, id, training)?.seed ?? hash32('none'))
  const saved = () => readdir(join(folder, 'work')).catch(() => [])
  return {
    folder,
    store,
    journal,
    replica,
    work,
    ...recorded,
    log,
    clock,
    stop,
    service,
    record,
    saved,
    registry,
  }
}

export function opened(chain = 'a'): RunStory {
  return new RunStory({ chain, params: { genesisRoot: GENESIS, roundsPerEpoch: 10 } }).openRound()
}
