// @testonly Models small enough to differentiate by differences and to train in a second, and tokens for them.

import type { ModelConfig } from '../model/config.ts'
import { Random } from '../random.ts'

/** Nothing in it is equal by accident: 2 layers, 2 heads of 4, 3 positions, 7 tokens. */
export const TINY: ModelConfig = {
  vocabSize: 7,
  dModel: 8,
  layers: 2,
  heads: 2,
  ffn: 6,
  context: 3,
  ropeBase: 100,
  normEpsilon: 1e-5,
}

/** The same with one key and value head for both query heads. */
export const TINY_GROUPED: ModelConfig = { ...TINY, keyValueHeads: 1 }

/** The architecture with everything that Hugging Face can turn on: a head wider than its share, one table, stretched angles. */
export const TINY_FULL: ModelConfig = {
  ...TINY_GROUPED,
  headSize: 6,
  tiedEmbeddings: true,
  ropeScaling: { kind: 'llama3', factor: 8, lowFrequencyFactor: 1, highFrequencyFactor: 4, originalContext: 32 },
}

/** Learns English spelling in a few dozen steps. */
export const SMALL: ModelConfig = {
  vocabSize: 256,
  dModel: 32,
  layers: 2,
  heads: 2,
  ffn: 64,
  context: 32,
  ropeBase: 10_000,
  normEpsilon: 1e-5,
}

/** `count` tokens below `vocabSize`. */
export function randomTokens(count: number, vocabSize: number, seed = 5): Int32Array {
  const random = new Random(seed)
  return Int32Array.from({ length: count }, () => random.below(vocabSize))
}
