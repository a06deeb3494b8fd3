// Passages to tokens, and those to the two streams of a data set: the training stream goes into shards as it comes, the held-out
// stream into a file of its own until the training stream has ended. Holds a passage and some buffers, whatever the size of the data.

import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { TesseraError } from '@tessera/protocol/errors'
import type { BlobReference } from '@tessera/protocol/manifest'
import type { Tokenizer } from '../tokenizer/tokenizer.ts'
import {
  type DatasetCounts,
  type DatasetSettings,
  MAX_EXAMPLES,
  MAX_SHARDS,
  type SkippedDocuments,
} from './datasetManifest.ts'
import type { Cursor, Format, Passage } from './documents.ts'
import type { Position, Side } from './journal.ts'
import { tokenBytesFor } from './shardedDataset.ts'
import { ShardWriter } from './shardWriter.ts'
import { TokenFile } from './tokenFile.ts'

export const HELD_OUT_NAME = 'held-out.part'
/** Characters that are tokenized at once. */
const SLICE = 2 ** 18
const COPY = 2 ** 18

export type Address = (bytes: AsyncIterable<Uint8Array>, signal?: AbortSignal) => Promise<BlobReference>

export interface PackerOptions {
  readonly folder: string
  readonly settings: DatasetSettings
  readonly tokenizer: Tokenizer
  readonly address: Address
  readonly signal: AbortSignal | undefined
  /** Told when a shard of the training stream is complete. */
  readonly onShard: (state: PackerState) => Promise<void>
}

/** What is needed to go on: see Journal. */
export interface PackerState {
  readonly shards: readonly BlobReference[]
  readonly last: number
  readonly position: Position
  readonly taken: number
}

export interface Packed {
  readonly trainSamples: number
  readonly heldOutSamples: number
  readonly shards: readonly BlobReference[]
  readonly counts: DatasetCounts
  readonly skipped: SkippedDocuments
}

export class Packer {
  readonly #options: PackerOptions
  readonly #writer: ShardWriter
  readonly #heldOut: TokenFile
  readonly #shards: BlobReference[]
  #position: Position
  /** Training tokens of the passage at hand that were given so far, and how many of them the shards hold already. */
  #given = 0
  #taken: number
  #open: Side | 'none'
  #counts: DatasetCounts
  #skipped: SkippedDocuments

  private constructor(options: PackerOptions, state: PackerState, heldOut: TokenFile) {
    this.#options = options
    const { sampleTokens, shardSamples, vocabSize } = options.settings
    const shape = { tokenBytes: tokenBytesFor(vocabSize), sampleTokens, shardSamples }
    const last = state.last < 0 ? undefined : state.last
    this.#writer = new ShardWriter(options.folder, shape, { shards: state.shards.length, last })
    this.#heldOut = heldOut
    this.#shards = [...state.shards]
    this.#position = state.position
    this.#taken = state.taken
    this.#open = state.position.open
    this.#counts = state.position.counts
    this.#skipped = state.position.skipped
  }

  /** Goes on from `state`: what was written after it is dropped. */
  static async open(options: PackerOptions, state: PackerState): Promise<Packer> {
    const path = join(options.folder, HELD_OUT_NAME)
    const bytes = tokenBytesFor(options.settings.vocabSize)
    return new Packer(options, state, await TokenFile.open(path, bytes, state.position.counts.heldOutTokens))
  }

  get progress(): { readonly documents: number; readonly tokens: number; readonly shards: number } {
    const { trainDocuments, heldOutDocuments, trainTokens, heldOutTokens } = this.#counts
    return {
      documents: trainDocuments + heldOutDocuments,
      tokens: trainTokens + heldOutTokens,
      shards: this.#shards.length,
    }
  }

  /** Takes the passage at `cursor` of file number `file`, called `name`. What `address` and `onShard` throw is passed on. */
  async take(passage: Passage, file: number, name: string, format: Format): Promise<void> {
    this.#begin({ file, cursor: passage.cursor })
    if ('defect' in passage.content) {
      const { offset, line } = passage.cursor
      this.#skip(name, (format === 'parquet' ? offset : line) + 1, passage.content.defect)
    } else await this.#pack(passage.content.text)
    if (passage.endsDocument && this.#open !== 'none') await this.#endDocument()
    this.#taken = 0
  }

  async #pack(text: string): Promise<void> {
    const { tokenizer, settings, signal } = this.#options
    const side = this.#sideOf(text)
    if (this.#open !== side) {
      if (this.#open !== 'none') await this.#endDocument()
      if (tokenizer.startOfText !== undefined) await this.#put(side, Int32Array.of(tokenizer.startOfText))
      this.#open = side
    }
    for (const slice of slices(text)) {
      signal?.throwIfAborted()
      await this.#put(side, tokenizer.encode(slice, { specialTokens: settings.specialTokens }))
    }
    const name = side === 'train' ? 'trainDocuments' : 'heldOutDocuments'
    this.#counts = { ...this.#counts, [name]: this.#counts[name] + 1 }
  }

  async #endDocument(): Promise<void> {
    const { endOfText } = this.#options.tokenizer
    const side = this.#open
    this.#open = 'none'
    if (side !== 'none' && endOfText !== undefined) await this.#put(side, Int32Array.of(endOfText))
  }

  /** By a keyed hash of the text, so that the same text is on the same side wherever it stands. */
  #sideOf(text: string): Side {
    const { heldOutSeed, heldOutFraction } = this.#options.settings
    const digest = createHash('sha256').update(`${heldOutSeed}\0`).update(text).digest()
    return digest.readUIntBE(0, 6) < heldOutFraction * 2 ** 48 ? 'heldOut' : 'train'
  }

  #begin({ file, cursor }: { file: number; cursor: Cursor }): void {
    this.#given = 0
    this.#position = { file, cursor, open: this.#open, counts: this.#counts, skipped: this.#skipped }
  }

  #skip(name: string, line: number, defect: keyof SkippedDocuments['counts']): void {
    const { counts, examples } = this.#skipped
    this.#skipped = {
      counts: { ...counts, [defect]: (counts[defect] ?? 0) + 1 },
      examples: examples.length < MAX_EXAMPLES ? [...examples, { name, line, defect }] : examples,
    }
  }

  async #put(side: Side, tokens: Int32Array): Promise<void> {
    const name = side === 'train' ? 'trainTokens' : 'heldOutTokens'
    this.#counts = { ...this.#counts, [name]: this.#counts[name] + tokens.length }
    if (side === 'heldOut') return this.#heldOut.append(tokens)
    const known = Math.min(tokens.length, Math.max(0, this.#taken - this.#given))
    this.#given += known
    for (let from = known; from < tokens.length; ) {
      const part = tokens.subarray(from, from + this.#writer.room)
      await this.#writer.write(part)
      from += part.length
      this.#given += part.length
      if (this.#writer.room > 0) continue
      await this.#completeShard()
      // What the shard needs of the held-out stream must outlive this process too.
      await this.#heldOut.sync()
      await this.#options.onShard(this.#state())
    }
  }

  #state(): PackerState {
    return {
      shards: [...this.#shards],
      last: this.#writer.state.last ?? -1,
      position: this.#position,
      taken: this.#given,
    }
  }

  async #completeShard(): Promise<void> {
    if (this.#shards.length >= MAX_SHARDS)
      throw new TesseraError('data/too-many-shards', `the data set fills more than ${MAX_SHARDS} shards`, {
        hint: 'Prepare it in an empty folder with more samples to a shard',
        context: { shardSamples: this.#options.settings.shardSamples },
      })
    const path = await this.#writer.finish()
    const bytes = createReadStream(path)
    try {
      this.#shards.push(await this.#options.address(bytes, this.#options.signal))
    } finally {
      bytes.destroy()
    }
  }

  /** Ends the training stream with its last whole sample and puts the held-out stream behind it. Throws `data/too-small`. */
  async finish(): Promise<Packed> {
    const { sampleTokens, shardSamples, maxHeldOutSamples, heldOutFraction } = this.#options.settings
    const trainSamples = this.#shards.length * shardSamples + this.#writer.samples
    const most = maxHeldOutSamples === 0 ? Infinity : maxHeldOutSamples
    const heldOutSamples = Math.min(most, Math.floor(this.#heldOut.length / sampleTokens))
    if (trainSamples === 0) throw tooSmall('to train on', this.#counts, sampleTokens)
    if (heldOutSamples === 0 && heldOutFraction > 0) throw tooSmall('to hold out', this.#counts, sampleTokens)
    await this.#writer.dropRest()
    const total = heldOutSamples * sampleTokens
    for (let from = 0; from < total; ) {
      this.#options.signal?.throwIfAborted()
      const count = Math.min(COPY, total - from, this.#writer.room)
      await this.#writer.write(await this.#heldOut.read(from, count))
      from += count
      if (this.#writer.room === 0) await this.#completeShard()
    }
    if (this.#writer.samples > 0) await this.#completeShard()
    return { trainSamples, heldOutSamples, shards: this.#shards, counts: this.#counts, skipped: this.#skipped }
  }

  /** Lets go of the files. The shard at hand is dropped, to be written again. */
  async close(): Promise<void> {
    await this.#writer.abandon()
    await this.#heldOut.close()
  }
}

/** Pieces of a long text, cut after a line end or else after a space, and never within a character. */
function* slices(text: string): Generator<string> {
  let start = 0
  while (text.length - start > SLICE) {
    const end = start + SLICE
    const line = text.lastIndexOf('\n', end - 1)
    const space = text.lastIndexOf(' ', end - 1)
    const half = start + SLICE / 2
    const pair = (text.codePointAt(end - 1) as number) > 0xffff ? 1 : 0
    const cut = line >= half ? line + 1 : space >= half ? space : end + pair
    yield text.slice(start, cut)
    start = cut
  }
  if (start < text.length) yield text.slice(start)
}

function tooSmall(what: string, counts: DatasetCounts, sampleTokens: number): TesseraError {
  return new TesseraError('data/too-small', `there is less than one sample ${what}`, {
    hint: 'Use more text, shorter samples, or another share to hold out; text files are split by passages, JSON lines by lines',
    context: { ...counts, sampleTokens },
  })
}
