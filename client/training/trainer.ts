// The inner steps of a round: feeds the training program a few steps at a time, so that progress is seen and a stop is heard
// between calls, and watches that the loss stays a number. It chooses no data, no rates and no schedule.

import { TesseraError } from '@tessera/protocol/errors'
import { requireFloat16 } from './float16.ts'
import { checkModelConfig, type ModelConfig, requireTrainable } from './model/config.ts'
import type { Compute } from './model/llama.ts'
import { type ParameterSpec, parameterSpecs } from './model/parameterSpecs.ts'
import type { OptimizerState } from './optimizerState.ts'
import { joinTensors } from './parameters.ts'
import { firstMoment, secondMoment, TRAIN_INPUT, TRAIN_OUTPUT, updatedName } from './programs/train.ts'
import { badRequest, checkTokens, requireWhole, tensorInputs } from './request.ts'
import { type DeviceOptions, floatOutput, Session, type TensorInputs, type TensorOutputs } from './session.ts'

/** Steps per call unless the caller says otherwise: the event loop stands still for one call. */
const STEPS_PER_CALL = 5

export interface TrainerOptions extends DeviceOptions {
  /** Bytes of the training program, made for `config` and `batch`. */
  readonly program: Uint8Array
  readonly config: ModelConfig
  /** Sequences per step. */
  readonly batch: number
  /** What the program was made with; default `float32`. */
  readonly compute?: Compute
}

export interface TrainProgress {
  readonly stepsDone: number
  readonly steps: number
  /** Losses of the steps done so far, nats per token. */
  readonly losses: Float32Array
}

export interface TrainRequest {
  /** All parameters in manifest order. Read only. */
  readonly parameters: Float32Array
  /** Read only. */
  readonly optimizer: OptimizerState
  /** Tokens [H, B, T + 1], row-major. */
  readonly batches: Int32Array
  /** One per step, [H]; their number is H. */
  readonly learningRates: ArrayLike<number>
  readonly stepsPerCall?: number
  readonly onProgress?: (progress: TrainProgress) => void
  /** When aborted, training ends after the current call and the steps done are kept: a deadline. */
  readonly enough?: AbortSignal
  /** When aborted, training ends after the current call by throwing the signal's reason. */
  readonly signal?: AbortSignal
}

export interface TrainResult {
  readonly parameters: Float32Array
  readonly optimizer: OptimizerState
  /** Mean loss of each step's batch before its update, nats per token. */
  readonly losses: Float32Array
  /** Norm of each step's gradient before clipping. */
  readonly gradientNorms: Float32Array
  /** Steps done; fewer than asked for only after `enough`. */
  readonly steps: number
}

export class Trainer {
  readonly #session: Session
  readonly #config: ModelConfig
  readonly #specs: readonly ParameterSpec[]
  readonly #batch: number

  private constructor(session: Session, config: ModelConfig, batch: number) {
    this.#session = session
    this.#config = config
    this.#specs = parameterSpecs(config)
    this.#batch = batch
  }

  /**
   * Throws `training/bad-config`, `training/session-failed` when the runtime rejects the program or the device, and
   * `training/no-float16` when the program needs it and the device has none.
   */
  static async create(options: TrainerOptions): Promise<Trainer> {
    const config = checkModelConfig(options.config)
    requireTrainable(config)
    requireWhole('batch', options.batch, 1)
    if (options.compute === 'float16') await requireFloat16(options)
    return new Trainer(await Session.create(options.program, options), config, options.batch)
  }

  /**
   * Makes as many steps as there are learning rates. Throws `training/bad-request`, `training/bad-tensor` when the sizes do not
   * belong together, and `training/diverged` when a loss is no longer finite.
   */
  async train(request: TrainRequest): Promise<TrainResult> {
    const { optimizer, onProgress, enough, signal, stepsPerCall = STEPS_PER_CALL } = request
    const steps = this.#checkedSteps(request, stepsPerCall)
    const losses = new Float32Array(steps)
    const gradientNorms = new Float32Array(steps)
    let state: TensorInputs = {
      ...tensorInputs(request.parameters, this.#specs),
      ...tensorInputs(optimizer.m, this.#specs, firstMoment),
      ...tensorInputs(optimizer.v, this.#specs, secondMoment),
    }
    let done = 0
    while (done < steps) {
      signal?.throwIfAborted()
      if (enough?.aborted) break
      const count = Math.min(stepsPerCall, steps - done)
      const outputs = await this.#session.run({ ...state, ...this.#callInputs(request, done, count) })
      losses.set(floatOutput(outputs, TRAIN_OUTPUT.losses), done)
      gradientNorms.set(floatOutput(outputs, TRAIN_OUTPUT.gradientNorms), done)
      checkConverging(losses, gradientNorms, done, count)
      state = fedBack(state, outputs)
      done += count
      onProgress?.({ stepsDone: done, steps, losses: losses.slice(0, done) })
    }
    return {
      parameters: this.#joined(state, (name) => name),
      optimizer: {
        step: optimizer.step + done,
        m: this.#joined(state, firstMoment),
        v: this.#joined(state, secondMoment),
      },
      losses: losses.slice(0, done),
      gradientNorms: gradientNorms.slice(0, done),
      steps: done,
    }
  }

  async dispose(): Promise<void> {
    await this.#session.dispose()
  }

  /** The number of steps asked for, after every size was checked against it. */
  #checkedSteps(request: TrainRequest, stepsPerCall: number): number {
    const steps = request.learningRates.length
    requireWhole('steps', steps, 1)
    requireWhole('stepsPerCall', stepsPerCall, 1)
    requireWhole('optimizer.step', request.optimizer.step, 0)
    const tokens = steps * this.#tokensPerStep()
    if (request.batches.length !== tokens)
      throw badRequest('the batches do not fill the steps', { tokens: request.batches.length, expected: tokens })
    checkTokens(request.batches, this.#config.vocabSize)
    const rates = Array.from(request.learningRates)
    if (!rates.every((rate) => rate >= 0 && rate < 1))
      throw badRequest('learning rates must be at least 0 and below 1', { rates })
    return steps
  }

  #tokensPerStep(): number {
    return this.#batch * (this.#config.context + 1)
  }

  #callInputs(request: TrainRequest, done: number, count: number): TensorInputs {
    const { batches, learningRates, optimizer } = request
    const size = this.#tokensPerStep()
    const rates = Float32Array.from({ length: count }, (_, index) => learningRates[done + index] ?? Number.NaN)
    return {
      [TRAIN_INPUT.steps]: { data: BigInt64Array.of(BigInt(count)), shape: [] },
      [TRAIN_INPUT.stepsBefore]: { data: Int32Array.of(optimizer.step + done), shape: [] },
      [TRAIN_INPUT.learningRates]: { data: rates, shape: [count] },
      [TRAIN_INPUT.tokens]: {
        data: batches.subarray(done * size, (done + count) * size),
        shape: [count, this.#batch, this.#config.context + 1],
      },
    }
  }

  #joined(state: TensorInputs, nameOf: (parameter: string) => string): Float32Array {
    const tensors = this.#specs.map((spec) => state[nameOf(spec.name)]?.data)
    return joinTensors(tensors as Float32Array[], this.#specs)
  }
}

/** The state after a call as inputs of the next. */
function fedBack(state: TensorInputs, outputs: TensorOutputs): TensorInputs {
  return Object.fromEntries(
    Object.entries(state).map(([name, { shape }]) => [name, { data: floatOutput(outputs, updatedName(name)), shape }]),
  )
}

/** A norm that is not finite has spoilt the parameters, even where the loss before it was still a number. */
function checkConverging(losses: Float32Array, norms: Float32Array, done: number, count: number): void {
  for (let step = done; step < done + count; step++) {
    if (Number.isFinite(losses[step]) && Number.isFinite(norms[step])) continue
    throw new TesseraError('training/diverged', `the loss or its gradient is no longer a number at step ${step + 1}`, {
      context: { step: step + 1, losses: [...losses.slice(0, step + 1)], gradientNorm: norms[step] },
      hint: 'Lower the learning rate, or discard the optimiser state and start the round from the shared checkpoint.',
    })
  }
}
