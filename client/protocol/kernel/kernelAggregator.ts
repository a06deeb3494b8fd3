// The update rule by the kernel: a chunk and its records go into the kernel's memory, the chunk after the step comes back. Of each
// contribution the kernel has a window, so that records need not be fetched one by one. What it refuses is done once more without it:
// that says what is wrong.

import { type AggregationTask, type ChunkAggregator, type RecordSource, ScalarAggregator } from '../chunkAggregator.ts'
import type { StateChunk } from '../layout.ts'
import type { RecordShape } from '../recordShape.ts'
import { MAX_INCLUDED } from '../tags.ts'
import type { Kernel } from './kernel.ts'
import { applyShape, stageBytes } from './kernelRecords.ts'

export class KernelAggregator implements ChunkAggregator {
  readonly #kernel: Kernel
  readonly #scalar = new ScalarAggregator()
  /** Which bytes of a contribution's blob its window has. */
  readonly #starts = new Uint32Array(MAX_INCLUDED)
  readonly #ends = new Uint32Array(MAX_INCLUDED)
  #shape: RecordShape | undefined

  constructor(kernel: Kernel) {
    this.#kernel = kernel
  }

  run(task: AggregationTask, from: number, to: number): void {
    const { layout, sources } = task
    // The kernel knows one shape at a time.
    if (sources.some(({ shapes }) => shapes.k !== sources[0]?.shapes.k)) {
      this.#scalar.run(task, from, to)
      return
    }
    this.#starts.fill(0)
    this.#ends.fill(0)
    this.#shape = undefined
    for (let chunk = from; chunk < to; chunk++) {
      const place = layout.chunks[chunk] as StateChunk
      if (!this.#step(task, place)) this.#scalar.step(task, place)
    }
  }

  #step({ before, next, sources, params }: AggregationTask, { index, offset, valid }: StateChunk): boolean {
    const { at: places, calls, ints } = this.#kernel
    const shape = sources[0]?.shapes.of(valid)
    if (shape === undefined) return false
    for (let slot = 0; slot < sources.length; slot++)
      if (!this.#show(slot, sources[slot] as RecordSource, index)) return false
    if (shape !== this.#shape) applyShape(this.#kernel, shape)
    this.#shape = shape
    // Like the state modulo 8: see stageBytes.
    const chunk = places.chunkAt + ((before.byteOffset + 4 * offset) & 4)
    ints.set(before.subarray(offset, offset + valid), chunk / 4)
    if (calls.fold(chunk, sources.length, params.clipQ8, params.rateQ16) === 0) return false
    next.set(ints.subarray(chunk / 4, chunk / 4 + valid), offset)
    return true
  }

  /** Tells the kernel where the record of a chunk is, with it in the window. False if that cannot be. */
  #show(slot: number, source: RecordSource, index: number): boolean {
    const { at: places, calls, words } = this.#kernel
    const start = source.recordOffsets[index] as number
    const end = source.recordOffsets[index + 1] as number
    const top = places.firstWindowTop + slot * places.windowStride
    if (start < (this.#starts[slot] as number) || end > (this.#ends[slot] as number)) {
      const length = Math.min(places.windowBytes, source.bytes.length - start)
      if (end > start + length) return false
      calls.mirror(stageBytes(this.#kernel, source.bytes, start, length), length, top)
      this.#starts[slot] = start
      this.#ends[slot] = start + length
    }
    const at = places.recordsAt / 4 + 2 * slot
    words[at] = top - (start - (this.#starts[slot] as number))
    words[at + 1] = end - start
    return true
  }
}
