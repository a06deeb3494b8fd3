// A chunk's record by the kernel: the chunk and its delta go into the kernel's memory, the record and what is left come back.

import { type ChunkEncoder, levelsOf, nonFinite, SLACK, type Update } from '../chunkEncoder.ts'
import type { RecordShape } from '../recordShape.ts'
import type { Kernel } from './kernel.ts'

export class KernelEncoder implements ChunkEncoder {
  readonly #kernel: Kernel

  constructor(kernel: Kernel) {
    this.#kernel = kernel
  }

  encode({ update, delta }: Update, offset: number, shape: RecordShape, out: Uint8Array, at: number): number {
    const { at: places, bytes, calls, doubles, floats } = this.#kernel
    const { valid, entries, highs, highRice, lowRice } = shape
    const chunk = this.#copyIn(update, offset, valid, places.chunkAt)
    if (delta !== undefined) {
      const values = this.#copyIn(delta.values, offset, valid, places.deltaAt)
      calls.addDelta(chunk, values, valid, delta.decay)
    }
    if (calls.choose(chunk, valid, entries, highs, SLACK) === 0) throw nonFinite()
    const sums = places.sumsAt / 8
    const { code, ratio, high, low } = levelsOf(doubles[sums] as number, doubles[sums + 1] as number, shape)
    const length = calls.write(chunk, (code << 6) | ratio, high, low, entries, highs, highRice, lowRice)
    update.set(floats.subarray(chunk / 4, chunk / 4 + valid), offset)
    out.set(bytes.subarray(places.recordAt, places.recordAt + length), at)
    return at + length
  }

  /** Copies to `to` or 4 bytes further, whichever is like the source modulo 8: shared memory is copied byte by byte otherwise. */
  #copyIn(values: Float32Array, offset: number, valid: number, to: number): number {
    const start = to + ((values.byteOffset + 4 * offset) & 4)
    this.#kernel.floats.set(values.subarray(offset, offset + valid), start / 4)
    return start
  }
}
