// The data set of a run: samples of T + 1 tokens out of shard files that are read by ranges and opened when needed, so that it may
// be larger than memory. Not what makes the shards (prepareData.ts), nor what fetches them.

import type { ByteSource } from './byteSource.ts'

/** What training and evaluation need of a data set. */
export interface SampleSource {
  /** T: a sample has T inputs and T targets, T + 1 tokens in all. */
  readonly context: number
  /** Samples 0 to trainSamples - 1 are for training. */
  readonly trainSamples: number
  /** Samples trainSamples to trainSamples + heldOutSamples - 1 are held out. */
  readonly heldOutSamples: number
  /** The samples `indices` as tokens [n, T + 1], row-major, in the order asked for. */
  samples(indices: ArrayLike<number>, signal?: AbortSignal): Promise<Int32Array>
}

/** How samples lie in shards; `data` of a run's manifest has these fields. */
export interface ShardLayout {
  /** Bytes of a token, little-endian. */
  readonly tokenBytes: 1 | 2 | 4
  /** T */
  readonly sampleTokens: number
  readonly trainSamples: number
  readonly heldOutSamples: number
  /** Samples of every shard but the last, which may have fewer. */
  readonly shardSamples: number
}

export interface ShardedDatasetOptions {
  readonly layout: ShardLayout
  /** Tokens are below this. */
  readonly vocabSize: number
  /** Opens shard `shard`, 0 upwards, when a sample of it is wanted; may fetch it first. */
  readonly open: (shard: number, signal?: AbortSignal) => Promise<ByteSource>
  /** Shards open at a time. Default 16. */
  readonly maxOpen?: number
}
