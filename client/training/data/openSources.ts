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
    const entry = await this.#enter(index, signal)
    try {
      return await use(await entry.source)
    } finally {
      entry.users--
      await this.#closeSome(this.#most)
    }
  }

  /** Closes all that nobody reads. */
  async close(): Promise<void> {
    await this.#closeSome(0)
  }

  /** The entry of an open source, counted as used. */
  async #enter(index: number, signal: AbortSignal | undefined): Promise<Entry> {
    for (;;) {
      const known = this.#entries.get(index)
      const entry = known ?? { source: this.#open(index, signal), users: 0 }
      // Now the last.
      this.#entries.delete(index)
      this.#entries.set(index, entry)
      entry.users++
      try {
        await entry.source
        return entry
      } catch (error) {
        entry.users--
        if (this.#entries.get(index) === entry) this.#entries.delete(index)
        // Somebody else's attempt, which may have ended because they no longer wanted it.
        if (known === undefined || signal?.aborted === true) throw error
      }
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
