// States in the browser's own database, so that the next visit goes on where this one ended. A database that cannot be had, or is full,
// costs time and nothing else.

import { type Hex, isHex } from '@tessera/protocol/hex'
import { MemoryStateCache, type StateCache } from './stateCache.ts'

const DATABASE = 'tessera-states'
const STORE = 'states'
/** States kept, of all runs: the newest ones. */
const MOST = 6

interface Entry {
  readonly state: ArrayBuffer
  /** Milliseconds since 1970, by this machine's clock. */
  readonly at: number
}

export async function openBrowserStateCache(now: () => number = Date.now): Promise<StateCache> {
  try {
    return new BrowserStateCache(await openDatabase(), now)
  } catch {
    // Private windows and strict settings have no database.
    return new MemoryStateCache()
  }
}

function openDatabase(): Promise<IDBDatabase> {
  const request = indexedDB.open(DATABASE, 1)
  request.onupgradeneeded = () => request.result.createObjectStore(STORE).createIndex('at', 'at')
  return ended(request)
}

class BrowserStateCache implements StateCache {
  readonly #database: IDBDatabase
  readonly #now: () => number

  constructor(database: IDBDatabase, now: () => number) {
    this.#database = database
    this.#now = now
  }

  async roots(): Promise<ReadonlySet<Hex>> {
    const keys = await ended(this.#store('readonly').getAllKeys())
    return new Set(keys.filter((key): key is Hex => isHex(key, 32)))
  }

  async get(root: Hex): Promise<Int32Array | undefined> {
    const entry: Entry | undefined = await ended(this.#store('readonly').get(root))
    const state = entry?.state
    return state instanceof ArrayBuffer && state.byteLength % 4 === 0 ? new Int32Array(state) : undefined
  }

  async put(root: Hex, state: Int32Array): Promise<void> {
    try {
      const entry: Entry = { state: state.slice().buffer, at: this.#now() }
      await ended(this.#store('readwrite').put(entry, root))
      await this.#forget()
    } catch {
      // The disk is full, or the browser gives us no more of it: then the next visit folds again.
    }
  }

  async #forget(): Promise<void> {
    // Oldest first.
    const keys = await ended(this.#store('readonly').index('at').getAllKeys())
    for (const key of keys.slice(0, Math.max(0, keys.length - MOST))) await ended(this.#store('readwrite').delete(key))
  }

  #store(mode: IDBTransactionMode): IDBObjectStore {
    return this.#database.transaction(STORE, mode).objectStore(STORE)
  }
}

function ended<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
}
