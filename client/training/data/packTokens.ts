// A data set of one shard from tokens that are in memory: for a small run, and for tests. Large ones are made file by file
// (prepareData.ts).

import { TesseraError } from '@tessera/protocol/errors'
import { memorySource } from './byteSource.ts'
import { ShardedDataset, type ShardLayout, shardBytes, tokenBytesFor } from './shardedDataset.ts'

export interface PackOptions {
  readonly vocabSize: number
  /** T */
  readonly context: number
  /** How many samples at the end are held out. */
  readonly heldOutSamples: number
}

export interface PackedTokens {
  readonly layout: ShardLayout
  readonly shard: Uint8Array
}

/** As many samples as the tokens make; what is left over is dropped. Throws `dataset/too-small` when none is left to train on. */
export function packTokens(tokens: ArrayLike<number>, options: PackOptions): PackedTokens {
  const { vocabSize, context, heldOutSamples } = options
  const samples = Math.floor(Math.max(0, tokens.length - 1) / context)
  if (samples <= heldOutSamples)
    throw new TesseraError('dataset/too-small', `${tokens.length} tokens leave no sample to train on`, {
      hint: 'Give more text, or hold out fewer samples',
      context: { tokens: tokens.length, context, heldOutSamples },
    })
  const tokenBytes = tokenBytesFor(vocabSize)
  const layout: ShardLayout = {
    tokenBytes,
    sampleTokens: context,
    trainSamples: samples - heldOutSamples,
    heldOutSamples,
    shardSamples: samples,
  }
  const shard = new Uint8Array(shardBytes(layout, samples))
  for (let at = 0; at < shard.length; at++)
    shard[at] = (tokens[Math.floor(at / tokenBytes)] as number) >>> (8 * (at % tokenBytes))
  return { layout, shard }
}

/** What packTokens made, to be read without a blob store. */
export function packedDataset({ layout, shard }: PackedTokens, vocabSize: number): ShardedDataset {
  return new ShardedDataset({ layout, vocabSize, open: async () => memorySource(shard) })
}
