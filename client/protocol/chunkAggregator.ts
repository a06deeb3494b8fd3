// What works a range of chunks out by the update rule; there is one in TypeScript and one that calls the kernel.

import { ChunkAccumulator, type StepParams } from './chunkAccumulator.ts'
import type { StateChunk, StateLayout } from './layout.ts'
import { type RecordBytes, RecordReader } from './recordReader.ts'
import type { RecordShapes } from './recordShape.ts'

/** A contribution's records. */
export interface RecordSource extends RecordBytes {
  readonly recordOffsets: Uint32Array
  readonly shapes: RecordShapes
}

/** What belongs together, checked. */
export interface AggregationTask {
  readonly before: Int32Array
  /** May be `before`. */
  readonly next: Int32Array
  readonly sources: readonly RecordSource[]
  readonly layout: StateLayout
  readonly params: StepParams
}

export interface ChunkAggregator {
  /**
   * Writes chunks `from` to before `to` of the next state.
   * @throws what RecordReader.read throws.
   */
  run(task: AggregationTask, from: number, to: number): void
}

export class ScalarAggregator implements ChunkAggregator {
  readonly #reader = new RecordReader()
  readonly #accumulator = new ChunkAccumulator()

  run(task: AggregationTask, from: number, to: number): void {
    for (let chunk = from; chunk < to; chunk++) this.step(task, task.layout.chunks[chunk] as StateChunk)
  }

  step({ before, next, sources, params }: AggregationTask, place: StateChunk): void {
    const { index, offset, valid } = place
    const accumulator = this.#accumulator
    const reader = this.#reader
    accumulator.begin()
    for (const source of sources) {
      const shape = source.shapes.of(valid)
      const start = source.recordOffsets[index] as number
      reader.read(source, start, source.recordOffsets[index + 1] as number, true, shape)
      accumulator.add(reader, reader.entries, shape.highs, shape.entries)
    }
    if (next !== before) next.set(before.subarray(offset, offset + valid), offset)
    accumulator.step(next, place, params)
  }
}
