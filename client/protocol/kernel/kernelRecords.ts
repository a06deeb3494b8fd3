// How records and their shape get into the kernel.

import type { RecordShape } from '../recordShape.ts'
import type { Kernel } from './kernel.ts'

/** The shape of the records that the kernel reads next. */
export function applyShape({ calls }: Kernel, { valid, entries, highs, highRice, lowRice }: RecordShape): void {
  calls.setShape(valid, entries, highs, highRice, lowRice)
}

/**
 * Copies bytes from `start` on (`maxStaged` at most) to where the kernel mirrors them from, and returns that: it is like the source
 * modulo 8, since shared memory is copied byte by byte otherwise.
 */
export function stageBytes({ at, bytes }: Kernel, source: Uint8Array, start: number, length: number): number {
  const to = at.stagedAt + ((source.byteOffset + start) & 7)
  bytes.set(source.subarray(start, start + length), to)
  return to
}
