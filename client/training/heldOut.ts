// How good a model is on text that nobody trains on: the mean loss over some held-out samples, the same ones for everybody who asks.

import type { SampleSource } from './data/shardedDataset.ts'
import type { Evaluator } from './evaluator.ts'

/** Measured after every round, so few enough to be quick; spread evenly over what is held out. */
const AT_MOST = 256

export interface HeldOutOptions {
  readonly data: SampleSource
  readonly program: Pick<Evaluator, 'loss'>
}

export class HeldOut {
  readonly #options: HeldOutOptions
  #samples: Int32Array | undefined

  constructor(options: HeldOutOptions) {
    this.#options = options
  }

  /** Nats per token; undefined when the data set holds nothing out. Throws what the data set and `Evaluator.loss` throw. */
  async loss(parameters: Float32Array, signal?: AbortSignal): Promise<number | undefined> {
    const { data, program } = this.#options
    const count = Math.min(data.heldOutSamples, AT_MOST)
    if (count === 0) return undefined
    const sample = (i: number): number => data.trainSamples + Math.floor((i * data.heldOutSamples) / count)
    this.#samples ??= await data.samples(
      Array.from({ length: count }, (_, i) => sample(i)),
      signal,
    )
    const samples = this.#samples
    const losses = await program.loss(signal === undefined ? { parameters, samples } : { parameters, samples, signal })
    return losses.reduce((sum, loss) => sum + loss, 0) / losses.length
  }
}
