// States that were worked out before, by their roots. What comes out of it is nobody's word: a root is checked again before it is used.

import type { Hex } from '@tessera/protocol/hex'

export interface StateCache {
  /** Roots that it has, in no order. */
  roots(): Promise<ReadonlySet<Hex>>
  get(root: Hex): Promise<Int32Array | undefined>
  /** May forget others to make room. */
  put(root: Hex, state: Int32Array): Promise<void>
}

/** For a browser that keeps nothing, and for tests. */
export class MemoryStateCache implements StateCache {
  readonly #states = new Map<Hex, Int32Array>()
  readonly #most: number

  constructor(most = 2) {
    this.#most = most
  }

  async roots(): Promise<ReadonlySet<Hex>> {
    return new Set(this.#states.keys())
  }

  async get(root: Hex): Promise<Int32Array | undefined> {
    return this.#states.get(root)
  }

  async put(root: Hex, state: Int32Array): Promise<void> {
    this.#states.set(root, state)
    for (const oldest of this.#states.keys()) {
      if (this.#states.size <= this.#most) return
      this.#states.delete(oldest)
    }
  }
}
