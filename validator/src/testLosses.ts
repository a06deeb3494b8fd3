// Losses of a model on a round's test samples, which are drawn from a seed that nobody knew before commits closed, so that anyone
// can draw them again: contracts/README.md section 6. What they say of a contribution, or of a state, is for its users.

import { nativeSha256 } from '@tessera/node/nativeSha256'
import type { RunBundle } from '@tessera/node/runBundle'
import { drawnTestSamples, ownTestSamples } from '@tessera/protocol/assignment'
import { isTesseraError } from '@tessera/protocol/errors'
import { type RunState, roundOf } from '@tessera/protocol/runState'
import { ZERO_HASH } from '@tessera/protocol/tags'
import { type TrainingStart, trainingStart } from '@tessera/protocol/trainingStart'
import type { Evaluator as LossProgram } from '@tessera/training/evaluator'

export interface TestLossesOptions {
  readonly bundle: Pick<RunBundle, 'manifest' | 'model' | 'data'>
  readonly program: LossProgram
  readonly signal: AbortSignal
}

export class TestLosses {
  readonly #options: TestLossesOptions

  constructor(options: TestLossesOptions) {
    this.#options = options
  }

  /** Samples that no miner had in the round. */
  drawn(state: RunState, round: bigint): Promise<Int32Array> {
    const { bundle, signal } = this.#options
    const start = this.#startOf(state, round)
    const request = { ...this.#seeds(state, start), minerCount: start.parts }
    return bundle.data.samples(drawnTestSamples(request, nativeSha256), signal)
  }

  /** Of the first `used` samples that the miner in `slot` had in the round. */
  own(state: RunState, round: bigint, slot: number, used: number): Promise<Int32Array> {
    const { bundle, signal } = this.#options
    const start = this.#startOf(state, round)
    const request = { ...this.#seeds(state, start), rank: start.rankOf(slot), used }
    return bundle.data.samples(ownTestSamples(request, nativeSha256), signal)
  }

  /** By sample, nats per token. Errors: those of the program. */
  of(parameters: Float32Array, samples: Int32Array, signal = this.#options.signal): Promise<Float32Array> {
    return this.#options.program.loss({ parameters, samples, signal })
  }

  /** The same of a model that others made: NaN for all samples if it leads nowhere, which must not stop those who measure it. */
  async ofForeign(parameters: Float32Array, samples: Int32Array, signal?: AbortSignal): Promise<Float32Array> {
    try {
      return await this.of(parameters, samples, signal)
    } catch (error) {
      if (!isTesseraError(error, 'training/not-finite')) throw error
      return new Float32Array(samples.length / (this.#options.bundle.model.context + 1)).fill(Number.NaN)
    }
  }

  #startOf(state: RunState, round: bigint): TrainingStart {
    const start = trainingStart(state, round, this.#options.bundle.manifest.training)
    if (start === undefined) throw new Error(`round ${round} is tested, and has not opened`)
    return start
  }

  #seeds(state: RunState, { round, seed: trainSeed }: TrainingStart) {
    const testSeed = roundOf(state, round)?.testSeed ?? ZERO_HASH
    const { training, evaluation } = this.#options.bundle.manifest
    const { trainSamples } = this.#options.bundle.data
    const assigned = training.steps * training.batch
    return { trainSeed, testSeed, trainSamples, assigned, count: evaluation.samples }
  }
}

export function mean(values: Float32Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
