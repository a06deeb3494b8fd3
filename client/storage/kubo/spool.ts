// A CAR that is written to disk while its root is still unknown, then read once: a put knows its address only at its end, and an import
// wants it first. Gone with the put; what a crash leaves is removed when the store is opened.

import { randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { type FileHandle, mkdir, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { CarWriter } from '@ipld/car/writer'
import type { CID } from 'multiformats/cid'
import { cidOfBlock, RAW_CODEC } from '../blobRef.ts'
import { diskFault } from '../fault.ts'

export class Spool {
  readonly #path: string
  readonly #file: FileHandle
  #end = 0
  #writing: Promise<unknown> = Promise.resolve()

  private constructor(path: string, file: FileHandle) {
    this.#path = path
    this.#file = file
  }

  /** Empties `dir`, which nobody else may use. */
  static async clear(dir: string): Promise<void> {
    await guard(dir, async () => {
      await rm(dir, { recursive: true, force: true })
      await mkdir(dir, { recursive: true })
    })
  }

  static async create(dir: string): Promise<Spool> {
    const path = join(dir, `${randomUUID()}.car`)
    const spool = new Spool(path, await guard(path, () => open(path, 'wx')))
    // Any root of the final length holds the place.
    await spool.#append(await header(cidOfBlock(`0x${'00'.repeat(32)}`, RAW_CODEC)))
    return spool
  }

  get bytes(): number {
    return this.#end
  }

  async add(cid: CID, bytes: Uint8Array): Promise<void> {
    const section = CarWriter.createAppender()
    section.writer.put({ cid, bytes })
    section.writer.close()
    await this.#append(Buffer.concat(await Array.fromAsync(section.out)))
  }

  /** The whole, with its root. Nothing can be added any more. */
  async read(root: CID): Promise<AsyncIterable<Uint8Array>> {
    const bytes = await header(root)
    await guard(this.#path, () => this.#file.write(bytes, 0, bytes.length, 0))
    return createReadStream(this.#path, { highWaterMark: 2 ** 18 })
  }

  async close(): Promise<void> {
    await guard(this.#path, async () => {
      await this.#file.close()
      await rm(this.#path, { force: true })
    })
  }

  /** In the order of the calls, each at its place. */
  #append(bytes: Uint8Array): Promise<void> {
    const at = this.#end
    this.#end += bytes.length
    const written = this.#writing.then(() => guard(this.#path, () => writeAll(this.#file, bytes, at)))
    this.#writing = written.catch(() => {
      // Told to whoever added these bytes; the put is over then.
    })
    return written
  }
}

async function header(root: CID): Promise<Uint8Array> {
  const { writer, out } = CarWriter.create([root])
  writer.close()
  return Buffer.concat(await Array.fromAsync(out))
}

async function writeAll(file: FileHandle, bytes: Uint8Array, at: number): Promise<void> {
  for (let done = 0; done < bytes.length; )
    done += (await file.write(bytes, done, bytes.length - done, at + done)).bytesWritten
}

async function guard<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw diskFault(error, path)
  }
}
