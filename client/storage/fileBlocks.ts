// A block store in a folder: one file per block, `<dir>/<first two digits>/<digest>`, written elsewhere and renamed into place.
// The hash is checked on every read, so a torn write, a failing disk or a curious user shows as a missing block, never as wrong bytes.
// Not for two processes at once: the manifest's lock (manifest.ts) keeps a second one out.

import { randomUUID } from 'node:crypto'
import * as nodeFiles from 'node:fs/promises'
import { join } from 'node:path'
import type { Hex } from '@tessera/protocol/hex'
import { digestOf } from './blobRef.ts'
import type { Memory } from './blockBuffers.ts'
import { type BlockStore, checkBlock, type PutBlockOptions, type StoredBlock } from './blockStore.ts'
import { MAX_BLOCK_BYTES } from './dagShape.ts'
import { diskFault, errorCode } from './fault.ts'

/** The file operations used, so that a test can make the disk fail. */
export type Files = Pick<typeof nodeFiles, 'mkdir' | 'open' | 'readdir' | 'rename' | 'rm' | 'stat'>

const SHARD = /^[0-9a-f]{2}$/
const BLOCK_FILE = /^[0-9a-f]{64}$/

export class FileBlocks implements BlockStore {
  readonly #dir: string
  readonly #incoming: string
  readonly #files: Files
  readonly #shards = new Set<string>()

  private constructor(dir: string, files: Files) {
    this.#dir = dir
    this.#incoming = join(dir, 'incoming')
    this.#files = files
  }

  /** Opens or makes the folder, and clears away what a crash left half written. */
  static async open(dir: string, files: Files = nodeFiles): Promise<FileBlocks> {
    const store = new FileBlocks(dir, files)
    await guard(store.#incoming, async () => {
      await files.rm(store.#incoming, { recursive: true, force: true })
      await files.mkdir(store.#incoming, { recursive: true })
    })
    return store
  }

  /** Where the block lies or would lie. */
  pathOf(digest: Hex): string {
    const name = digest.slice(2)
    return join(this.#dir, name.slice(0, 2), name)
  }

  async get(digest: Hex, memory: Memory = newMemory): Promise<Uint8Array | undefined> {
    const path = this.pathOf(digest)
    return guard(path, async () => {
      const file = await present(this.#files.open(path, 'r'))
      if (file === undefined) return undefined
      const bytes = await readBlock(file, memory)
      if (bytes !== undefined && digestOf(bytes) === digest) return bytes
      await this.#files.rm(path, { force: true })
      return undefined
    })
  }

  async sizeOf(digest: Hex): Promise<number | undefined> {
    const path = this.pathOf(digest)
    return guard(path, async () => (await present(this.#files.stat(path)))?.size)
  }

  // Written again even if it is there: to find that it is there and undamaged would be to read and hash it.
  async put(
    digest: Hex,
    bytes: Uint8Array,
    { durable = false, verified = false }: PutBlockOptions = {},
  ): Promise<void> {
    checkBlock(digest, bytes, verified)
    const path = this.pathOf(digest)
    const draft = join(this.#incoming, randomUUID())
    await guard(path, async () => {
      const shard = await this.#shard(digest)
      try {
        await this.#write(draft, bytes, durable)
        await this.#files.rename(draft, path)
      } catch (error) {
        await this.#files.rm(draft, { force: true })
        throw error
      }
      if (durable) await this.#syncFolder(shard)
    })
  }

  async #shard(digest: Hex): Promise<string> {
    const shard = join(this.#dir, digest.slice(2, 4))
    if (!this.#shards.has(shard)) {
      // Not `recursive`, which says ENOENT where the disk is read-only.
      await this.#files.mkdir(shard).catch((error: unknown) => {
        if (errorCode(error) !== 'EEXIST') throw error
      })
    }
    this.#shards.add(shard)
    return shard
  }

  async #write(draft: string, bytes: Uint8Array, durable: boolean): Promise<void> {
    const file = await this.#files.open(draft, 'wx')
    try {
      await file.writeFile(bytes)
      if (durable) await file.sync()
    } finally {
      await file.close()
    }
  }

  // Without this the rename itself may be lost. Windows has no way to sync a folder and does not need one.
  async #syncFolder(path: string): Promise<void> {
    if (process.platform === 'win32') return
    const folder = await this.#files.open(path, 'r')
    try {
      await folder.sync()
    } finally {
      await folder.close()
    }
  }

  async delete(digest: Hex): Promise<number> {
    const path = this.pathOf(digest)
    return guard(path, async () => {
      const size = (await present(this.#files.stat(path)))?.size
      if (size === undefined) return 0
      await this.#files.rm(path, { force: true })
      return size
    })
  }

  async *list(): AsyncGenerator<StoredBlock> {
    for (const shard of await guard(this.#dir, () => this.#files.readdir(this.#dir))) {
      if (!SHARD.test(shard)) continue
      for (const name of await guard(this.#dir, () => this.#files.readdir(join(this.#dir, shard)))) {
        if (!BLOCK_FILE.test(name)) continue
        const digest: Hex = `0x${name}`
        const bytes = await this.sizeOf(digest)
        if (bytes !== undefined) yield { digest, bytes }
      }
    }
  }
}

async function guard<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw diskFault(error, path)
  }
}

const newMemory: Memory = (length) => new Uint8Array(length)

/** The file's bytes, in `memory`; undefined, and nothing allocated, when it is longer than any block. */
async function readBlock(file: nodeFiles.FileHandle, memory: Memory): Promise<Uint8Array | undefined> {
  try {
    const { size } = await file.stat()
    if (size > MAX_BLOCK_BYTES) return undefined
    // Not `readFile`, which reads in pieces and puts them together in a second buffer.
    const bytes = memory(size)
    let length = 0
    for (;;) {
      const { bytesRead } = await file.read(bytes, length, size - length, length)
      length += bytesRead
      if (bytesRead === 0 || length === size) return bytes.subarray(0, length)
    }
  } finally {
    await file.close()
  }
}

/** The result of a file operation, or undefined when there is no such file. */
async function present<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    throw error
  }
}
