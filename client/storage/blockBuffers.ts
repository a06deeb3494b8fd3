// Memory for blocks that are here only for a moment, used again and again: otherwise every block leaves 1 MiB for the garbage collector,
// which then runs all the time and lets tens of MiB lie about. Not a limit: whoever asks gets memory, spare or new.

import { PROFILE } from './dagShape.ts'

/** Where a block's bytes go: `length` bytes of memory, with anything in it. */
export type Memory = (length: number) => Uint8Array<ArrayBuffer>

/** Spare buffers kept: as many as a quick source is asked for at a time, and a few readers take. */
const MOST_SPARE = 16

export class BlockBuffers {
  readonly #spare: ArrayBuffer[] = []
  readonly #taken = new WeakSet<ArrayBufferLike>()

  /** Need not be given back: what is not is garbage as usual. */
  readonly take: Memory = (length) => {
    if (length > PROFILE.leafBytes) return new Uint8Array(length)
    const buffer = this.#spare.pop() ?? new ArrayBuffer(PROFILE.leafBytes)
    this.#taken.add(buffer)
    return new Uint8Array(buffer, 0, length)
  }

  /** Takes back what `take` gave; nobody else may read or write it any more. Bytes that are from elsewhere are left alone. */
  give({ buffer }: Uint8Array): void {
    if (this.#taken.delete(buffer) && this.#spare.length < MOST_SPARE) this.#spare.push(buffer as ArrayBuffer)
  }
}
