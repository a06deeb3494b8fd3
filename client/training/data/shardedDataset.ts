// The data set of a run: samples of T + 1 tokens out of shard files that are read by ranges and opened when needed, so that it may
// be larger than memory. Not what makes the shards (prepareData.ts), nor what fetches them.

import { TesseraError } from '@tessera/protocol/errors'
import type { ByteSource } from './byteSource.ts'
import { OpenSources } from './openSources.ts'

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

export type TokenBytes = 1 | 2 | 4

/**
 * How samples lie in shards; `data` of a run's manifest has these fields. A shard of S samples is S T + 1 tokens, little-endian:
 * sample i of it is tokens i T to i T + T, both included, so that every sample lies in one shard.
 */
export interface ShardLayout {
  readonly tokenBytes: TokenBytes
  /** T */
  readonly sampleTokens: number
  readonly trainSamples: number
  readonly heldOutSamples: number
  /** S of every shard but the last, which may have fewer. */
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

const MAX_OPEN = 16
/** Reads under way within a shard. */
const READS = 8

/** Bytes of a token below `vocabSize`, as few as will do. */
export function tokenBytesFor(vocabSize: number): TokenBytes {
  return vocabSize <= 2 ** 8 ? 1 : vocabSize <= 2 ** 16 ? 2 : 4
}

/** Bytes of a shard with so many samples. */
export function shardBytes(layout: Pick<ShardLayout, 'tokenBytes' | 'sampleTokens'>, samples: number): number {
  return (samples * layout.sampleTokens + 1) * layout.tokenBytes
}

/** Samples of each shard, in their order. */
export function samplesPerShard({ trainSamples, heldOutSamples, shardSamples }: ShardLayout): number[] {
  const total = trainSamples + heldOutSamples
  return Array.from({ length: Math.ceil(total / shardSamples) }, (_, shard) =>
    Math.min(shardSamples, total - shard * shardSamples),
  )
}

export class ShardedDataset implements SampleSource {
  readonly context: number
  readonly trainSamples: number
  readonly heldOutSamples: number
  readonly #layout: ShardLayout
  readonly #vocabSize: number
  readonly #shards: OpenSources

  /** Opens nothing yet. Throws `dataset/bad-layout`. */
  constructor({ layout, vocabSize, open, maxOpen = MAX_OPEN }: ShardedDatasetOptions) {
    checkLayout(layout, vocabSize)
    this.context = layout.sampleTokens
    this.trainSamples = layout.trainSamples
    this.heldOutSamples = layout.heldOutSamples
    this.#layout = layout
    this.#vocabSize = vocabSize
    this.#shards = new OpenSources(async (shard, signal) => {
      const source = await open(shard, signal)
      const expected = shardBytes(layout, this.#samplesIn(shard))
      if (source.size === expected) return source
      await source.close?.()
      throw wrongSize(shard, source.size, expected)
    }, maxOpen)
  }

  /**
   * The samples `indices` as tokens [n, T + 1], row-major, in the order asked for; each shard is read once, from its start on.
   * Throws `dataset/no-such-sample`, `dataset/wrong-size` for a shard of another length than its samples need, `dataset/short-read`
   * for one that shrank, `dataset/bad-token` for a token beyond the vocabulary, and what `open` and its source throw.
   */
  async samples(indices: ArrayLike<number>, signal?: AbortSignal): Promise<Int32Array> {
    const { shardSamples } = this.#layout
    const length = this.context + 1
    const rows = Array.from(indices, (index, row) => ({ index: this.#checked(index), row }))
    rows.sort((a, b) => a.index - b.index)
    const tokens = new Int32Array(rows.length * length)
    for (let from = 0; from < rows.length; ) {
      const shard = Math.floor((rows[from] as Row).index / shardSamples)
      let to = from
      while (to < rows.length && (rows[to] as Row).index < (shard + 1) * shardSamples) to++
      const group = rows.slice(from, to)
      await this.#shards.with(shard, (source) => this.#readGroup(source, shard, group, tokens, signal), signal)
      from = to
    }
    return tokens
  }

  /** Closes the shards that are open. Samples may still be asked for: they are opened again. */
  close(): Promise<void> {
    return this.#shards.close()
  }

  async #readGroup(
    source: ByteSource,
    shard: number,
    rows: readonly Row[],
    tokens: Int32Array,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    let next = 0
    const reader = async () => {
      while (next < rows.length) {
        signal?.throwIfAborted()
        const { index, row } = rows[next++] as Row
        const size = (this.context + 1) * this.#layout.tokenBytes
        const offset = (index - shard * this.#layout.shardSamples) * this.context * this.#layout.tokenBytes
        const bytes = await source.read(offset, size, signal)
        if (bytes.length !== size) throw shortRead(shard, index, bytes.length, size)
        this.#decode(bytes, index, tokens.subarray(row * (this.context + 1), (row + 1) * (this.context + 1)))
      }
    }
    await Promise.all(Array.from({ length: Math.min(READS, rows.length) }, reader))
  }

  #decode(bytes: Uint8Array, sample: number, out: Int32Array): void {
    const { tokenBytes } = this.#layout
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    for (let i = 0; i < out.length; i++) {
      const token =
        tokenBytes === 1
          ? (bytes[i] as number)
          : tokenBytes === 2
            ? view.getUint16(2 * i, true)
            : view.getUint32(4 * i, true)
      if (token >= this.#vocabSize) throw badToken(sample, token, this.#vocabSize)
      out[i] = token
    }
  }

  #checked(index: number | undefined): number {
    const total = this.trainSamples + this.heldOutSamples
    if (index !== undefined && Number.isInteger(index) && index >= 0 && index < total) return index
    throw new TesseraError('dataset/no-such-sample', `there is no sample ${index}`, {
      hint: HINT,
      context: { index, total },
    })
  }

  #samplesIn(shard: number): number {
    const { shardSamples } = this.#layout
    return Math.min(shardSamples, this.trainSamples + this.heldOutSamples - shard * shardSamples)
  }
}

interface Row {
  readonly index: number
  /** Where it stands in the result. */
  readonly row: number
}

/**
 * Tokens [steps, batch, T + 1] for the trainer: the first steps * batch of `sampleIndices`, in their order.
 * Throws `dataset/too-few-samples` when there are not enough of them.
 */
export async function batches(
  source: SampleSource,
  sampleIndices: ArrayLike<number>,
  options: { readonly batch: number; readonly steps: number; readonly signal?: AbortSignal },
): Promise<Int32Array> {
  const needed = options.batch * options.steps
  if (sampleIndices.length < needed)
    throw new TesseraError('dataset/too-few-samples', 'there are not enough samples for these steps', {
      hint: HINT,
      context: { samples: sampleIndices.length, needed },
    })
  return source.samples(
    Array.from({ length: needed }, (_, row) => sampleIndices[row] ?? -1),
    options.signal,
  )
}

const HINT = "Use the data set and split that the run's manifest names, or a larger data set for a new run."

function checkLayout(layout: ShardLayout, vocabSize: number): void {
  const { tokenBytes, sampleTokens, trainSamples, heldOutSamples, shardSamples } = layout
  const whole = (value: number, least: number) => Number.isSafeInteger(value) && value >= least
  const fits = [1, 2, 4].includes(tokenBytes) && whole(vocabSize, 1) && vocabSize <= 2 ** 31
  const counts = whole(sampleTokens, 1) && whole(trainSamples, 1) && whole(heldOutSamples, 0) && whole(shardSamples, 1)
  const exact = (trainSamples + heldOutSamples) * sampleTokens * tokenBytes <= Number.MAX_SAFE_INTEGER
  if (fits && counts && exact) return
  throw new TesseraError(
    'dataset/bad-layout',
    'sizes and counts of a data set are whole numbers, with something to train on',
    {
      hint: HINT,
      context: { ...layout, vocabSize },
    },
  )
}

function wrongSize(shard: number, size: number, expected: number): TesseraError {
  return new TesseraError('dataset/wrong-size', `shard ${shard} has ${size} bytes where its samples need ${expected}`, {
    hint: 'Fetch the shard again, or prepare the data set anew',
    context: { shard, size, expected },
  })
}

function shortRead(shard: number, sample: number, size: number, expected: number): TesseraError {
  return new TesseraError('dataset/short-read', `shard ${shard} is shorter than it was`, {
    hint: 'Fetch the shard again; something has changed it while it was read',
    context: { shard, sample, size, expected },
  })
}

function badToken(sample: number, token: number, vocabSize: number): TesseraError {
  return new TesseraError('dataset/bad-token', `sample ${sample} has token ${token} of a vocabulary of ${vocabSize}`, {
    hint: 'The data set was made with another tokenizer than the model has',
    context: { sample, token, vocabSize },
  })
}
