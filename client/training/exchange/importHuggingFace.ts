// A model of Hugging Face's as the start of a run: a folder with config.json, safetensors and perhaps a tokenizer becomes a
// configuration and a shared state. Weights are read tensor by tensor, so that memory holds the state and one piece besides.

import type { ModelConfig } from '../model/config.ts'

export interface ImportOptions {
  /** Tokens the run will train on at once. Default: what the model was made for, at most 2048. */
  readonly context?: number
  /** Share of the entries that may lie beyond the state's range of +-128 and be moved to its end. Default 0. */
  readonly saturatedAtMost?: number
  readonly onProgress?: (progress: ImportProgress) => void
  readonly signal?: AbortSignal
}

export interface ImportProgress {
  readonly parametersDone: number
  readonly parameters: number
}

/** What the state keeps of the weights. */
export interface ImportAccuracy {
  /** Entries beyond +-128, moved to the end of the range. */
  readonly saturated: number
  /** Largest difference between a weight within the range and its entry; at most 2^-25. */
  readonly largestError: number
  /** Root of the mean square of those differences over that of the weights. */
  readonly relativeError: number
}

export interface ImportedModel {
  readonly config: ModelConfig
  /** The shared state: int32 in units of 2^-24, in the order of `parameterSpecs(config)`. */
  readonly state: Int32Array
  readonly accuracy: ImportAccuracy
  /** Bytes of tokenizer.json, if the folder has one. */
  readonly tokenizer?: Uint8Array
  /** Bytes of tokenizer_config.json, if the folder has one. */
  readonly tokenizerConfig?: Uint8Array
  /** Tokens the model was made for (`max_position_embeddings`); may be more than the context. */
  readonly longestContext: number
  readonly specialTokens: SpecialTokens
  /** What a person should know, a sentence each. */
  readonly warnings: readonly string[]
}

/** Numbers of tokens with a meaning of their own, where the model says so. */
export interface SpecialTokens {
  readonly start?: number
  readonly end?: readonly number[]
  readonly padding?: number
}
