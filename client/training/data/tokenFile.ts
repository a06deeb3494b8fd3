// A file of tokens that is written from its start to its end, through a buffer of fixed size.

import { type FileHandle, open } from 'node:fs/promises'
import type { TokenBytes } from './shardedDataset.ts'

const BUFFER = 2 ** 20

export class TokenFile {
  readonly #handle: FileHandle
  readonly #tokenBytes: TokenBytes
  readonly #buffer = new Uint8Array(BUFFER)
  readonly #view = new DataView(this.#buffer.buffer)
  #buffered = 0
  /** Bytes in the file. */
  #written: number

  private constructor(handle: FileHandle, tokenBytes: TokenBytes, length: number) {
    this.#handle = handle
    this.#tokenBytes = tokenBytes
    this.#written = length * tokenBytes
  }

  /** The file at `path` with its first `length` tokens; what it has beyond them is dropped. */
  static async open(path: string, tokenBytes: TokenBytes, length: number): Promise<TokenFile> {
    const handle = await open(path, length === 0 ? 'w+' : 'r+')
    await handle.truncate(length * tokenBytes)
    return new TokenFile(handle, tokenBytes, length)
  }

  /** Tokens. */
  get length(): number {
    return (this.#written + this.#buffered) / this.#tokenBytes
  }

  async append(tokens: Int32Array): Promise<void> {
    for (let from = 0; from < tokens.length; ) {
      if (this.#buffered === BUFFER) await this.#flush()
      const part = tokens.subarray(from, from + (BUFFER - this.#buffered) / this.#tokenBytes)
      this.#encode(part)
      from += part.length
    }
  }

  #encode(tokens: Int32Array): void {
    const bytes = this.#tokenBytes
    const start = this.#buffered
    if (bytes === 1) this.#buffer.set(tokens, start)
    else if (bytes === 2) for (const [i, token] of tokens.entries()) this.#view.setUint16(start + 2 * i, token, true)
    else for (const [i, token] of tokens.entries()) this.#view.setInt32(start + 4 * i, token, true)
    this.#buffered += tokens.length * bytes
  }

  /** `count` tokens from number `from` on. */
  async read(from: number, count: number): Promise<Int32Array> {
    await this.#flush()
    const size = count * this.#tokenBytes
    const { buffer, bytesRead } = await this.#handle.read(new Uint8Array(size), 0, size, from * this.#tokenBytes)
    if (bytesRead !== size) throw new RangeError(`${bytesRead} of ${size} bytes of tokens`)
    const view = new DataView(buffer.buffer)
    return Int32Array.from({ length: count }, (_, i) =>
      this.#tokenBytes === 1
        ? view.getUint8(i)
        : this.#tokenBytes === 2
          ? view.getUint16(2 * i, true)
          : view.getInt32(4 * i, true),
    )
  }

  /** Drops all but the first `length` tokens. */
  async cut(length: number): Promise<void> {
    await this.#flush()
    this.#written = length * this.#tokenBytes
    await this.#handle.truncate(this.#written)
  }

  /** Returns when everything is on disk. */
  async sync(): Promise<void> {
    await this.#flush()
    await this.#handle.sync()
  }

  async close(): Promise<void> {
    await this.#handle.close()
  }

  async #flush(): Promise<void> {
    for (let sent = 0; sent < this.#buffered; ) {
      const { bytesWritten } = await this.#handle.write(this.#buffer, sent, this.#buffered - sent, this.#written)
      sent += bytesWritten
      this.#written += bytesWritten
    }
    this.#buffered = 0
  }
}
