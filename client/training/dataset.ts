// A data set: one stream of bytes, which are the tokens, cut into samples of T + 1 tokens that overlap by one. The view reads
// ranges and never the whole; the last samples are held out and no miner trains on them.

import type { FileHandle } from 'node:fs/promises'
import { TesseraError } from '@tessera/protocol/errors'

/** Bytes that can be read by ranges. */
export interface ByteSource {
  readonly size: number
  /** Exactly `length` bytes from `offset`. */
  read(offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array>
}

export interface DatasetShape {
  /** T, the model's context. */
  readonly context: number
  /** How many samples at the end are held out. */
  readonly heldOutSamples: number
}

/** `bytes` as a source; ranges are views. */
export function memorySource(bytes: Uint8Array): ByteSource {
  return { size: bytes.length, read: async (offset, length) => bytes.subarray(offset, offset + length) }
}

/** The file behind `handle` as a source. The caller closes the handle. @testonly Runs hold their data in memory so far. */
export async function fileSource(handle: FileHandle): Promise<ByteSource> {
  const { size } = await handle.stat()
  return {
    size,
    read: async (offset, length, signal) => {
      signal?.throwIfAborted()
      const { bytesRead, buffer } = await handle.read(new Uint8Array(length), 0, length, offset)
      return buffer.subarray(0, bytesRead)
    },
  }
}

/** Bytes that `samples` samples of T tokens need. */
export function datasetBytes(samples: number, context: number): number {
  return samples * context + 1
}

export class DatasetView {
  /** T. */
  readonly context: number
  /** Samples 0 to trainSamples - 1 are for training. */
  readonly trainSamples: number
  /** Samples trainSamples to trainSamples + heldOutSamples - 1 are held out. */
  readonly heldOutSamples: number
  readonly #source: ByteSource

  /** Throws `dataset/too-small` when nothing is left to train on. */
  constructor(source: ByteSource, shape: DatasetShape) {
    const { context, heldOutSamples } = shape
    if (!Number.isSafeInteger(context) || context < 1 || !Number.isSafeInteger(heldOutSamples) || heldOutSamples < 0)
      throw datasetError('dataset/bad-shape', 'context and held-out samples must be whole numbers', { ...shape })
    const total = Math.floor(Math.max(0, source.size - 1) / context)
    if (total <= heldOutSamples)
      throw datasetError('dataset/too-small', 'the data set has no samples to train on', {
        ...shape,
        bytes: source.size,
        total,
      })
    this.context = context
    this.trainSamples = total - heldOutSamples
    this.heldOutSamples = heldOutSamples
    this.#source = source
  }

  /**
   * The samples `indices` as tokens [n, T + 1], row-major: sample i is bytes i * T to i * T + T, both included.
   * Throws `dataset/no-such-sample` for an index out of range and `dataset/short-read` when the source ends early.
   */
  async samples(indices: ArrayLike<number>, signal?: AbortSignal): Promise<Int32Array> {
    const length = this.context + 1
    const total = this.trainSamples + this.heldOutSamples
    const tokens = new Int32Array(indices.length * length)
    for (let row = 0; row < indices.length; row++) {
      const index = indices[row]
      if (index === undefined || !Number.isInteger(index) || index < 0 || index >= total)
        throw datasetError('dataset/no-such-sample', `there is no sample ${index}`, { index, total })
      const bytes = await this.#source.read(index * this.context, length, signal)
      if (bytes.length !== length)
        throw datasetError('dataset/short-read', 'the data set is shorter than it was', {
          index,
          bytes: bytes.length,
          length,
        })
      tokens.set(bytes, row * length)
    }
    return tokens
  }
}

/**
 * Tokens [steps, batch, T + 1] for the trainer: the first steps * batch of `sampleIndices`, in their order.
 * Throws `dataset/too-few-samples` when there are not enough of them.
 */
export async function batches(
  view: DatasetView,
  sampleIndices: ArrayLike<number>,
  options: { readonly batch: number; readonly steps: number; readonly signal?: AbortSignal },
): Promise<Int32Array> {
  const needed = options.batch * options.steps
  if (sampleIndices.length < needed)
    throw datasetError('dataset/too-few-samples', 'there are not enough samples for these steps', {
      samples: sampleIndices.length,
      needed,
    })
  return view.samples(
    Array.from({ length: needed }, (_, row) => sampleIndices[row] ?? -1),
    options.signal,
  )
}

function datasetError(code: string, message: string, context: Readonly<Record<string, unknown>>): TesseraError {
  return new TesseraError(code, message, {
    context,
    hint: "Use the data set, context and split that the run's manifest names, or a larger data set for a new run.",
  })
}
