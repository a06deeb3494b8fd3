// Our side of the training benchmark: the trainer that miners use, called as they call it. Each turn goes on where the last ended.

import type { AdamWOptions } from '@tessera/training/ops/adamW'
import { freshOptimizerState, type OptimizerState } from '@tessera/training/optimizerState'
import { buildTrainProgram } from '@tessera/training/programs/train'
import type { Device } from '@tessera/training/session'
import { Trainer } from '@tessera/training/trainer'
import type { TrainCase } from './models.ts'

export interface OurOptions {
  readonly parameters: Float32Array
  readonly optimizer: AdamWOptions
  readonly learningRate: number
  readonly threads: number
  readonly device: Device
  readonly signal: AbortSignal
}

export class OurRun {
  readonly #trainer: Trainer
  readonly #signal: AbortSignal
  readonly #learningRates: readonly number[]
  #parameters: Float32Array
  #optimizer: OptimizerState

  private constructor(trainer: Trainer, { steps }: TrainCase, { parameters, learningRate, signal }: OurOptions) {
    this.#trainer = trainer
    this.#signal = signal
    this.#learningRates = new Array<number>(steps).fill(learningRate)
    this.#parameters = parameters
    this.#optimizer = freshOptimizerState(parameters.length)
  }

  static async open(trained: TrainCase, options: OurOptions): Promise<OurRun> {
    const { config, batch } = trained
    const program = buildTrainProgram(config, { batch, optimizer: options.optimizer })
    const { threads, device } = options
    return new OurRun(await Trainer.create({ program, config, batch, threads, device }), trained, options)
  }

  /** The losses before each step, and the seconds that all took. */
  async train(tokens: Int32Array): Promise<{ readonly seconds: number; readonly losses: readonly number[] }> {
    const start = performance.now()
    const result = await this.#trainer.train({
      parameters: this.#parameters,
      optimizer: this.#optimizer,
      batches: tokens,
      learningRates: this.#learningRates,
      signal: this.#signal,
    })
    const seconds = (performance.now() - start) / 1000
    this.#parameters = result.parameters
    this.#optimizer = result.optimizer
    return { seconds, losses: [...result.losses] }
  }

  async close(): Promise<void> {
    await this.#trainer.dispose()
  }
}
