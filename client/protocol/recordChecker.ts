// Checks the records of a group, of which only the first byte and the end are known, and finds where each of them starts.

import type { StateChunk } from './layout.ts'
import { type RecordBytes, RecordReader } from './recordReader.ts'
import type { RecordShapes } from './recordShape.ts'

/** Records of chunks `from` to before `to`, at most 64. */
export interface RecordGroup {
  readonly source: RecordBytes
  readonly shapes: RecordShapes
  readonly chunks: readonly StateChunk[]
  readonly from: number
  readonly to: number
}

export interface RecordChecker {
  /**
   * @param offsets where records start; those at `from` and `to` are given, those between are filled in.
   * @throws what RecordReader.read throws, for the first record that is bad.
   */
  check(group: RecordGroup, offsets: Uint32Array): void
}

export class ScalarChecker implements RecordChecker {
  readonly #reader = new RecordReader()

  check({ source, shapes, chunks, from, to }: RecordGroup, offsets: Uint32Array): void {
    const end = offsets[to] as number
    let at = offsets[from] as number
    for (let chunk = from; chunk < to; chunk++) {
      offsets[chunk] = at
      const { valid } = chunks[chunk] as StateChunk
      at = this.#reader.read(source, at, end, chunk === to - 1, shapes.of(valid))
    }
  }
}
