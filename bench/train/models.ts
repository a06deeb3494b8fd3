// The models that the training benchmark trains: LLaMA at three sizes, the larger two with grouped keys as all recent ones have.

import type { ModelConfig } from '@tessera/training/model/config'

export interface TrainCase {
  readonly config: Required<Omit<ModelConfig, 'ropeScaling' | 'tiedEmbeddings'>>
  /** Sequences of a step. */
  readonly batch: number
  /** Steps of a turn: a second or more, so that starting and ending weigh nothing. */
  readonly steps: number
}

const COMMON = { ropeBase: 10_000, normEpsilon: 1e-5 } as const

export const trainCases: readonly TrainCase[] = [
  {
    // 1.1 M parameters
    config: {
      ...COMMON,
      vocabSize: 256,
      dModel: 128,
      layers: 5,
      heads: 4,
      keyValueHeads: 4,
      headSize: 32,
      ffn: 384,
      context: 128,
    },
    batch: 8,
    steps: 20,
  },
  {
    // 10.0 M parameters
    config: {
      ...COMMON,
      vocabSize: 4096,
      dModel: 256,
      layers: 8,
      heads: 8,
      keyValueHeads: 4,
      headSize: 32,
      ffn: 1024,
      context: 256,
    },
    batch: 4,
    steps: 5,
  },
  {
    // 52.2 M parameters
    config: {
      ...COMMON,
      vocabSize: 16_384,
      dModel: 512,
      layers: 12,
      heads: 8,
      keyValueHeads: 4,
      headSize: 64,
      ffn: 1408,
      context: 256,
    },
    batch: 4,
    steps: 4,
  },
]
