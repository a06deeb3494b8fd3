// Checks records by the kernel. What it refuses is read once more without it: that says what is wrong.

import type { StateChunk } from '../layout.ts'
import { type RecordChecker, type RecordGroup, ScalarChecker } from '../recordChecker.ts'
import type { Kernel } from './kernel.ts'
import { applyShape, stageBytes } from './kernelRecords.ts'

export class KernelChecker implements RecordChecker {
  readonly #kernel: Kernel
  readonly #scalar = new ScalarChecker()

  constructor(kernel: Kernel) {
    this.#kernel = kernel
  }

  check(group: RecordGroup, offsets: Uint32Array): void {
    if (!this.#fill(group, offsets)) this.#scalar.check(group, offsets)
  }

  #fill({ source, shapes, chunks, from, to }: RecordGroup, offsets: Uint32Array): boolean {
    const { at: places, calls, words } = this.#kernel
    const start = offsets[from] as number
    const length = (offsets[to] as number) - start
    if (length > places.maxStaged) return false
    calls.mirror(stageBytes(this.#kernel, source.bytes, start, length), length, places.groupTop)
    let at = 0
    let chunk = from
    while (chunk < to) {
      const { valid } = chunks[chunk] as StateChunk
      let next = chunk + 1
      while (next < to && (chunks[next] as StateChunk).valid === valid) next++
      applyShape(this.#kernel, shapes.of(valid))
      const count = next - chunk
      if (calls.check(places.groupTop - at, count) !== count) return false
      const ends = places.endsAt / 4
      // Not behind the last one: what is there is given, and may be wrong.
      for (let i = 0; i < Math.min(count, to - chunk - 1); i++)
        offsets[chunk + i + 1] = start + at + (words[ends + i] as number)
      at += words[ends + count - 1] as number
      chunk = next
    }
    return at === length
  }
}
