// Trains for a round from the moment at which its start is known, and leaves a contribution behind: blob in the store, remainder in
// the work folder, record in the journal, in this order. Committing it is the publisher's.

import type { Clock } from '@tessera/agent/clock'
import type { Journal } from '@tessera/agent/journal'
import type { Logger } from '@tessera/agent/logger'
import type { Progress } from '@tessera/agent/progress'
import type { Followed } from '@tessera/chain/follow'
import type { CodecPool } from '@tessera/node/codecPool/pool'
import { nativeSha256 } from '@tessera/node/nativeSha256'
import type { Replica } from '@tessera/node/replica'
import type { RunBundle } from '@tessera/node/runBundle'
import type { Service } from '@tessera/node/service'
import { trainingSamples } from '@tessera/protocol/assignment'
import { hasSlot } from '@tessera/protocol/bitmap'
import type { UpdateToEncode } from '@tessera/protocol/compress'
import { contributionRoot, maxContributionBytes } from '@tessera/protocol/contribution'
import { isTesseraError } from '@tessera/protocol/errors'
import { bytesToHex, type Hex } from '@tessera/protocol/hex'
import { learningRateAt } from '@tessera/protocol/learningRate'
import { roundOf } from '@tessera/protocol/runState'
import { trainingStart } from '@tessera/protocol/trainingStart'
import type { BlobStore } from '@tessera/storage/blobStore'
import { batches } from '@tessera/training/data/shardedDataset'
import type { OptimizerState } from '@tessera/training/optimizerState'
import type { Trainer as TrainProgram } from '@tessera/training/trainer'
import { type ContributionRecord, readContribution, recordContribution } from '../contributionRecord.ts'
import { type InnerSteps, makeInnerSteps, type NewerState } from '../innerSteps.ts'
import type { MinerMetrics } from '../metrics.ts'
import { ownEstimate } from '../ownEstimate.ts'
import { isWanted, type TrainingTask, taskIn } from '../trainingTask.ts'
import type { WorkFolder } from '../work.ts'

export interface TrainerOptions {
  readonly run: bigint
  readonly operator: Hex
  readonly slotOf: (view: Followed) => number | undefined
  readonly bundle: RunBundle
  readonly replica: Replica
  /** Compresses; the caller closes it. */
  readonly codec: CodecPool
  readonly program: TrainProgram
  readonly work: WorkFolder
  readonly journal: Journal
  readonly store: BlobStore
  readonly progress: Progress
  readonly logger: Logger
  readonly metrics: MinerMetrics
  /** Training steps between two chances to report and to stop. */
  readonly stepsPerCall: number
  /** 32 fresh random bytes: the salt that seals the commitment. */
  readonly salt: () => Uint8Array
  readonly clock: Clock
  readonly signal: AbortSignal
}

/** What is to be compressed: becomes what is left. */
type Update = Pick<UpdateToEncode, 'update' | 'delta'>

/** Time kept back at the end of the training phase to compress, store and commit. */
const RESERVE_MS = 1_500

interface Running {
  readonly task: TrainingTask
  readonly cancel: AbortController
  /** Aborted when what is done by then has to be packed. */
  readonly enough: AbortController
  /** Whether `enough` has its time, which is known when the round is open. */
  isTimed: boolean
  /** Aborted when the round before is decided and the replica stands on what it came to. */
  readonly decided: AbortController
  /** The own contribution to the round before, while that is not decided. */
  readonly own: ContributionRecord | undefined
  done: Promise<void>
}

export class Trainer implements Service {
  readonly name = 'trainer'
  readonly #options: TrainerOptions
  #running: Running | undefined
  #failure: unknown
  /** Seed of the last round that was left out. */
  #satOut: Hex | undefined

  constructor(options: TrainerOptions) {
    this.#options = options
  }

  async step(view: Followed): Promise<void> {
    if (this.#failure !== undefined) {
      const failure = this.#failure
      this.#failure = undefined
      throw failure
    }
    const { training } = this.#options.bundle.manifest
    if (this.#running !== undefined) {
      this.#time(this.#running, view)
      this.#decide(this.#running, view)
      if (isWanted(view.state, this.#running.task, training)) return
      // The round is over or gone: what is not finished by now comes too late.
      this.#running.cancel.abort()
      await this.#running.done
    }
    const task = this.#taskIn(view)
    if (task !== undefined) this.#start(task, view)
  }

  /** Waits for what is under way, which the signal has told to stop, and lets the program go. */
  async close(): Promise<void> {
    await this.#running?.done
    await this.#options.program.dispose()
  }

  /** What is to be trained now, or undefined: not our turn, already done, or not on the right state yet. */
  #taskIn(view: Followed): TrainingTask | undefined {
    const { bundle, journal, replica, slotOf } = this.#options
    const task = taskIn(view.state, slotOf(view), bundle.manifest.training)
    if (task === undefined || task.seed === this.#satOut || replica.root !== view.state.stateRoot) return undefined
    return readContribution(journal, task.round, task.seed) === undefined ? task : undefined
  }

  #start(task: TrainingTask, view: Followed): void {
    const cancel = new AbortController()
    const [enough, decided] = [new AbortController(), new AbortController()]
    const own = this.#committed(task, view)
    const running: Running = { task, cancel, enough, isTimed: false, decided, own, done: Promise.resolve() }
    // Before the first step, so that none is begun without time for it, or on a state that is not the newest.
    this.#time(running, view)
    this.#decide(running, view)
    running.done = this.#train(running)
      .catch((error: unknown) => {
        // Cancelled on purpose, by the round's end or by the node's stop; all else is told at the next step.
        if (!cancel.signal.aborted && !this.#options.signal.aborted) this.#failure = error
      })
      .finally(() => {
        cancel.abort()
        this.#running = undefined
      })
    this.#running = running
  }

  /** Sets the time by which what is done has to be packed, once the round is open: a round that has not opened has no deadline. */
  #time(running: Running, { state, block }: Followed): void {
    const { task, cancel, enough } = running
    if (running.isTimed || state.round?.id !== task.round) return
    running.isTimed = true
    const remainingMs = Number(state.round.deadline - block.timestamp) * 1_000 - RESERVE_MS
    if (remainingMs <= 0) {
      enough.abort()
      return
    }
    this.#options.clock.sleep(remainingMs, cancel.signal).then(
      () => enough.abort(),
      () => {
        // Training ended before its time.
      },
    )
  }

  #decide({ task, decided }: Running, { state }: Followed): void {
    const isDecided = state.round?.id === task.round || state.round?.end !== null
    if (isDecided && this.#options.replica.root === state.stateRoot) decided.abort()
  }

  /** What the miner has committed to in the round before the task's. */
  #committed({ round, slot }: TrainingTask, { state }: Followed): ContributionRecord | undefined {
    const { bundle, journal } = this.#options
    const before = roundOf(state, round - 1n)
    if (before === undefined || !hasSlot(before.committed, slot)) return undefined
    const start = trainingStart(state, before.id, bundle.manifest.training)
    return start && readContribution(journal, before.id, start.seed)
  }

  /** The parameters to begin with; what is read of the replica is read before anything is waited for: it may move on. */
  async #beginning({ task, own, decided, cancel }: Running): Promise<Float32Array> {
    const { bundle, codec, logger, replica, signal: stop, store } = this.#options
    const settled = replica.parameters
    if (own === undefined || decided.signal.aborted) return settled
    const state = await replica.stateAt(task.baseRoot, [])
    if (state === undefined) return settled
    const signal = AbortSignal.any([cancel.signal, stop])
    try {
      return await ownEstimate({ bundle, codec, store, state, own, round: task.round - 1n, signal })
    } catch (error) {
      signal.throwIfAborted()
      if (!isTesseraError(error)) throw error
      logger.failure(error, 'the own contribution to the round before cannot be read; training begins without it')
      return settled
    }
  }

  async #train(running: Running): Promise<void> {
    const { task, cancel } = running
    const { bundle, clock, logger, work } = this.#options
    const { batch, feedbackDecay } = bundle.manifest.training
    const signal = AbortSignal.any([cancel.signal, this.#options.signal])
    const newer = this.#newerThan(running)
    const start = { parameters: await this.#beginning(running), newer }
    const { work: before, from } = await work.before(task.round)
    const started = clock.now()
    logger.info('training', { event: 'training', round: task.round, baseRoot: task.baseRoot })
    const enough = running.enough.signal
    const result = await this.#makeSteps(task, { ...start, optimizer: before.optimizer, enough, signal })
    const seconds = (clock.now() - started) / 1_000
    if (result.steps === 0) {
      this.#satOut = task.seed
      logger.warn('no step was done before the training phase ended; sitting this round out', { round: task.round })
      return
    }
    // In memory that the codec's threads share.
    const { origin, parameters, steps, ahead, loss } = result
    const values = new Float32Array(new SharedArrayBuffer(4 * origin.length))
    for (let i = 0; i < values.length; i++) values[i] = (origin[i] as number) - (parameters[i] as number)
    const feedback = new Float32Array(new SharedArrayBuffer(4 * origin.length))
    feedback.set(before.feedback)
    const update = { update: feedback, delta: { values, decay: feedbackDecay } }
    const bytes = await this.#keep(task, update, result, signal)
    // The remainder that this one took over: what a restart must not change.
    logger.info('contribution', { event: 'contribution', round: task.round, bytes, feedbackFrom: from })
    const tokens = steps * batch * bundle.model.context
    const { metrics } = this.#options
    metrics.trainedRounds.inc()
    metrics.trainedTokens.inc(tokens)
    metrics.contributionBytes.set(bytes)
    if (loss !== undefined) metrics.trainingLoss.set(loss)
    const tokensPerSecond = Math.round(tokens / seconds)
    const told = { round: task.round, steps, ahead, loss, tokensPerSecond, bytes }
    logger.info('trained', { event: 'trained', ...told })
  }

  /** Undefined where training begins on the newest state. */
  #newerThan({ decided: { signal } }: Running): NewerState | undefined {
    const { replica } = this.#options
    return signal.aborted ? undefined : { signal, parameters: () => replica.parameters }
  }

  /** The inner steps on the samples that the round assigns. */
  async #makeSteps(
    task: TrainingTask,
    start: {
      readonly parameters: Float32Array
      readonly newer: NewerState | undefined
      readonly optimizer: OptimizerState
      readonly enough: AbortSignal
      readonly signal: AbortSignal
    },
  ): Promise<InnerSteps> {
    const { bundle, program, progress, stepsPerCall } = this.#options
    const { steps, batch, learningRate } = bundle.manifest.training
    const { trainSamples } = bundle.data
    const samples = trainingSamples(
      { trainSeed: task.seed, trainSamples, rank: task.rank, count: steps * batch },
      nativeSha256,
    )
    const first = (Number(task.round) - 1) * steps
    const bar = progress.start({ label: `round ${task.round}`, total: steps, unit: 'steps' })
    try {
      return await makeInnerSteps((request) => program.train(request), {
        ...start,
        batches: await batches(bundle.data, samples, { batch, steps, signal: start.signal }),
        learningRates: Float32Array.from({ length: steps }, (_, step) => learningRateAt(learningRate, first + step)),
        stepsPerCall,
        onStep: (done, loss) => bar.update(done, `loss ${loss?.toFixed(3)}`),
      })
    } finally {
      bar.finish()
    }
  }

  /** Blob, then remainder, then record: whatever is cut off in between is done again from the start. */
  async #keep(task: TrainingTask, update: Update, result: InnerSteps, signal: AbortSignal): Promise<number> {
    const { bundle, codec, store, work, journal, operator, run, salt } = this.#options
    const { layout, manifest } = bundle
    const request = {
      ...update,
      layout,
      codec: manifest.codec,
      header: {
        run,
        round: task.round,
        miner: operator,
        innerSteps: result.steps,
        samples: result.steps * manifest.training.batch,
        baseRoot: task.baseRoot,
      },
    }
    const { contribution, recordsRoot } = await codec.compress(request, { signal })
    const maxBytes = maxContributionBytes(layout, manifest.codec)
    const ref = await store.put(contribution.blob, { round: Number(task.round), maxBytes, signal })
    await work.save(task.round, task.seed, { feedback: update.update, optimizer: result.optimizer })
    recordContribution(journal, task.round, task.seed, {
      contributionRoot: contributionRoot(contribution, recordsRoot, nativeSha256),
      digest: ref.digest,
      size: ref.size,
      salt: bytesToHex(salt()),
      innerSteps: result.steps,
    })
    return ref.size
  }
}
