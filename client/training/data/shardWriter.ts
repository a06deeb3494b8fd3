// Tokens to shard files of one length: each begins with the token that the one before ended with, so that every sample lies whole
// in one. A file has its name only when it is complete and on disk.

import { rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { shardBytes, type TokenBytes } from './shardedDataset.ts'
import { TokenFile } from './tokenFile.ts'

export interface ShardShape {
  readonly tokenBytes: TokenBytes
  /** T */
  readonly sampleTokens: number
  /** S */
  readonly shardSamples: number
}

/** Where writing goes on: how many shards are done, and the token that the last of them ended with. */
export interface WriterState {
  readonly shards: number
  readonly last: number | undefined
}

export function shardName(shard: number): string {
  return `shard-${String(shard).padStart(5, '0')}.tokens`
}

export class ShardWriter {
  readonly #folder: string
  readonly #shape: ShardShape
  #shards: number
  #last: number | undefined
  /** The shard at hand; undefined until it has a token of its own. */
  #file: TokenFile | undefined

  constructor(folder: string, shape: ShardShape, state: WriterState) {
    this.#folder = folder
    this.#shape = shape
    this.#shards = state.shards
    this.#last = state.last
  }

  get state(): WriterState {
    return { shards: this.#shards, last: this.#last }
  }

  /** Tokens that the shard at hand still takes. */
  get room(): number {
    return this.#shape.shardSamples * this.#shape.sampleTokens + 1 - this.#tokens
  }

  /** Whole samples in the shard at hand. */
  get samples(): number {
    return Math.max(0, Math.floor((this.#tokens - 1) / this.#shape.sampleTokens))
  }

  /** Appends at most `room` tokens. */
  async write(tokens: Int32Array): Promise<void> {
    if (tokens.length === 0) return
    const file = await this.#begun()
    await file.append(tokens)
    this.#last = tokens.at(-1)
  }

  /** Drops what the shard at hand has after its last whole sample. */
  async dropRest(): Promise<void> {
    if (this.#file === undefined) return
    const kept = shardBytes(this.#shape, this.samples) / this.#shape.tokenBytes
    await this.#file.cut(kept)
    this.#last = (await this.#file.read(kept - 1, 1))[0]
  }

  /** Completes the shard at hand and returns the path of its file. */
  async finish(): Promise<string> {
    const file = await this.#begun()
    await file.sync()
    await file.close()
    this.#file = undefined
    const path = join(this.#folder, shardName(this.#shards))
    await rename(this.#partial(), path)
    this.#shards++
    return path
  }

  /** Leaves the shard at hand, which is then not there. */
  async abandon(): Promise<void> {
    await this.#file?.close()
    this.#file = undefined
    await rm(this.#partial(), { force: true })
  }

  get #tokens(): number {
    return this.#file?.length ?? (this.#last === undefined ? 0 : 1)
  }

  async #begun(): Promise<TokenFile> {
    if (this.#file === undefined) {
      this.#file = await TokenFile.open(this.#partial(), this.#shape.tokenBytes, 0)
      if (this.#last !== undefined) await this.#file.append(Int32Array.of(this.#last))
    }
    return this.#file
  }

  #partial(): string {
    return join(this.#folder, `${shardName(this.#shards)}.part`)
  }
}
