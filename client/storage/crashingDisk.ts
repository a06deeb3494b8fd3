// @testonly A disk and a manifest whose process dies at a chosen operation: what was done before stays, a write in hand is half done, and
// nothing can be done after it. In one process, so that every operation of a history can be the last.

import type { FileHandle } from 'node:fs/promises'
import * as nodeFiles from 'node:fs/promises'
import type { Files } from './fileBlocks.ts'
import type { Manifest } from './manifest.ts'

export class Killed extends Error {
  override readonly name = 'Killed'
}

export class Power {
  /** Operations begun so far. */
  operations = 0
  readonly #last: number

  /** @param last the operation that is not done any more */
  constructor(last = Number.POSITIVE_INFINITY) {
    this.#last = last
  }

  get isOff(): boolean {
    return this.operations >= this.#last
  }

  /** To be called at the beginning of each operation. */
  use(): void {
    if (this.isOff || ++this.operations >= this.#last) throw new Killed('killed')
  }
}

/** Operations on files that the process may not survive. */
export function mortalFiles(power: Power): Files {
  const mortal =
    <A extends unknown[], R>(work: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      power.use()
      return await work(...args)
    }
  const files = {
    mkdir: mortal(nodeFiles.mkdir),
    readdir: mortal(nodeFiles.readdir),
    rename: mortal(nodeFiles.rename),
    rm: mortal(nodeFiles.rm),
    stat: mortal(nodeFiles.stat),
    open: async (...args: Parameters<typeof nodeFiles.open>) => {
      power.use()
      return mortalHandle(await nodeFiles.open(...args), power)
    },
  }
  // SAFETY: the same functions with the same arguments; overloads do not survive being wrapped.
  return files as unknown as Files
}

function mortalHandle(file: FileHandle, power: Power): FileHandle {
  const writeFile = async (bytes: Uint8Array) => {
    try {
      power.use()
    } catch (error) {
      await file.writeFile(bytes.subarray(0, bytes.length >> 1))
      throw error
    }
    await file.writeFile(bytes)
  }
  return new Proxy(file, {
    get: (target, name) => {
      if (name === 'writeFile') return writeFile
      const value: unknown = Reflect.get(target, name, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

/** A manifest whose every call may be the process's last; a call is one transaction at most, so it happens whole or not at all. */
export function mortalManifest(manifest: Manifest, power: Power): Manifest {
  return new Proxy(manifest, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name, target)
      if (typeof value !== 'function' || name === 'close')
        return typeof value === 'function' ? value.bind(target) : value
      return (...args: unknown[]): unknown => {
        power.use()
        return value.apply(target, args)
      }
    },
  })
}
