// A chunk's record, entry by entry in TypeScript: the definition of what the kernel does, and what runs where there is none.

import { BitWriter } from './bits.ts'
import { type ChunkEncoder, type Delta, levelsOf, type Update } from './chunkEncoder.ts'
import type { RecordShape } from './recordShape.ts'
import { writeRecord } from './recordWriter.ts'
import { floatBits, TopEntries } from './topEntries.ts'

export class ScalarEncoder implements ChunkEncoder {
  readonly #top = new TopEntries()

  encode({ update, delta }: Update, offset: number, shape: RecordShape, out: Uint8Array, at: number): number {
    const { valid, entries, highs } = shape
    const chunk = update.subarray(offset, offset + valid)
    if (delta !== undefined) addDelta(chunk, delta, offset)
    const top = this.#top
    top.select(floatBits(chunk), shape)
    const { code, ratio, high, low } = levelsOf(top.highSum, top.lowSum, shape)
    takeOff(chunk, top.entries, 0, highs, high)
    takeOff(chunk, top.entries, highs, entries, low)
    return writeRecord(new BitWriter(out, at), code, ratio, top.entries, shape)
  }
}

function addDelta(chunk: Float32Array, { values, decay }: Delta, offset: number): void {
  const factor = Math.fround(decay)
  // What a product or sum of two float32 rounds to is the same from float64 as at once.
  for (let i = 0; i < chunk.length; i++)
    chunk[i] = (values[offset + i] as number) + Math.fround(factor * (chunk[i] as number))
}

function takeOff(chunk: Float32Array, entries: Uint16Array, from: number, to: number, level: number): void {
  for (let i = from; i < to; i++) {
    const entry = entries[i] as number
    const place = entry >>> 1
    chunk[place] = (chunk[place] as number) + ((entry & 1) === 0 ? -level : level)
  }
}
