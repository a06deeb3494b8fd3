// Sources that are opened when they are first read and closed when others are wanted more: a data set has more shards than a
// process may have files open.

import type { ByteSource } from './byteSource.ts'

interface Entry {
  readonly source: Promise<ByteSource>
  /** Reads under way. */
  users: number
}

export class OpenSources {
  readonly #open: (index: number, signal?: AbortSignal) => Promise<ByteSource>
  readonly #most: number
  /** The one used last stands last. */
  readonly #entries = new Map<number, Entry>()

  /** Keeps up to `most` sources open, more only while more are being read at once. */
  constructor(open: (index: number, signal?: AbortSignal) => Promise<ByteSource>, most: number) {
    this.#open = open
    this.#most = most
  }

  /** Runs `use` with source `index`, which stays open meanwhile. Fails as opening, `use` or the closing of another does. */
  async with<T>(index: number, use: (source: ByteSource) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const entry = this.#entries.get(index) ?? { source: this.#open(index, signal), users: 0 }
    this.#entries.delete(index)
    this.#entries.set(index, entry)
    entry.users++
    try {
      return await use(await this.#opened(index, entry))
    } finally {
      entry.users--
      await this.#closeSome(this.#most)
    }
  }

  /** Closes all that nobody reads. */
  async close(): Promise<void> {
    await this.#closeSome(0)
  }

  async #opened(index: number, entry: Entry): Promise<ByteSource> {
    try {
      return await entry.source
    } catch (error) {
      // So that the next who asks tries again.
      if (this.#entries.get(index) === entry) this.#entries.delete(index)
      throw error
    }
  }

  async #closeSome(most: number): Promise<void> {
    const closing: ByteSource[] = []
    for (const [index, entry] of this.#entries) {
      if (this.#entries.size <= most) break
      if (entry.users > 0) continue
      this.#entries.delete(index)
      closing.push(await entry.source)
    }
    for (const source of closing) await source.close?.()
  }
}
