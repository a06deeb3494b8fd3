// A file that only takes up room. On a full disk even a deletion needs some, to be written down first: it gets this. Synchronous, since
// it stands in for a single write of the manifest.

import { rmSync, statSync, writeFileSync } from 'node:fs'
import type { Reserve } from './manifest.ts'

/** More than the pages of a few deletions; the first block that goes frees as much again. */
const RESERVE_BYTES = 2 ** 20

export class DiskReserve implements Reserve {
  readonly #path: string
  readonly #bytes: number

  constructor(path: string, bytes = RESERVE_BYTES) {
    this.#path = path
    this.#bytes = bytes
  }

  release(): boolean {
    const had = this.#size() > 0
    this.#remove()
    return had
  }

  refill(): void {
    if (this.#size() === this.#bytes) return
    try {
      // Not zeros: a disk that compresses would take no room for them.
      writeFileSync(this.#path, filling(this.#bytes))
    } catch {
      // No room for it now. A part of it would be taken for the whole.
      this.#remove()
    }
  }

  #size(): number {
    return statSync(this.#path, { throwIfNoEntry: false })?.size ?? 0
  }

  #remove(): void {
    try {
      rmSync(this.#path, { force: true })
    } catch {
      // A folder that cannot be written to has no use for it: what is wrong shows at the first write that matters.
    }
  }
}

/** The same for every call, and of no pattern that a disk would find. */
function filling(bytes: number): Uint8Array {
  const words = new Uint32Array(bytes / 4)
  let word = 1
  for (let i = 0; i < words.length; i++) {
    word = Math.imul(word, 1_664_525) + 1_013_904_223
    words[i] = word
  }
  return new Uint8Array(words.buffer)
}
