// The data set of a new run on this machine: text that is turned into tokens in memory, or shards that `tessera data prepare` has
// made. Either way the shards end up in a blob store.

import { createReadStream } from 'node:fs'
import { TesseraError } from '@tessera/protocol/errors'
import type { DataDescription } from '@tessera/protocol/manifest'
import type { BlobRef } from '@tessera/storage/blobRef'
import type { BlobStore } from '@tessera/storage/blobStore'
import { buildCorpus, defaultCorpusPaths, isDocumentation } from '@tessera/training/corpus'
import type { TokenizerReference } from '@tessera/training/data/datasetManifest'
import { openDataset, shardPath } from '@tessera/training/data/openDataset'
import { packTokens } from '@tessera/training/data/packTokens'
import type { ModelConfig } from '@tessera/training/model/config'
import { bytesTokenizer } from '@tessera/training/tokenizer/bytesTokenizer'
import type { Tokenizer } from '@tessera/training/tokenizer/tokenizer'

const GIB = 2 ** 30

export interface RunData {
  readonly data: DataDescription
  /** What it is, for people. */
  readonly about: string
}

export interface CorpusRequest {
  readonly model: ModelConfig
  readonly tokenizer: Tokenizer
  readonly store: BlobStore
  /** File or folder of text; the Markdown documentation below `packagesRoot` if not given. */
  readonly corpus: string | undefined
  readonly packagesRoot: string
  readonly corpusLimit: number
  readonly heldOutSamples: number
  /** Samples that must be there to train on. */
  readonly leastSamples: number
  readonly seed: number
  readonly signal: AbortSignal
}

/** One shard of the corpus, whose last samples are held out. Errors: `corpus/…`, `storage/…`, `devnet/too-little-text`. */
export async function corpusData(request: CorpusRequest): Promise<RunData> {
  const { model, tokenizer, store, corpus: path, heldOutSamples, leastSamples, signal } = request
  const { context } = model
  const isBytes = tokenizer === bytesTokenizer
  const corpus = await buildCorpus({
    paths: path === undefined ? defaultCorpusPaths(request.packagesRoot) : [path],
    ...(path === undefined ? { accept: isDocumentation } : {}),
    // With other tokens, how many there are is known only when they are made.
    minBytes: isBytes ? (heldOutSamples + leastSamples) * context + 1 : 1,
    maxBytes: request.corpusLimit,
    seed: request.seed,
    signal,
  })
  const tokens = isBytes ? corpus.bytes : tokenizer.encode(new TextDecoder().decode(corpus.bytes))
  const needed = (heldOutSamples + leastSamples) * context + 1
  if (tokens.length < needed) throw tooLittle(tokens.length, needed)
  const { layout, shard } = packTokens(tokens, { vocabSize: model.vocabSize, context, heldOutSamples })
  return {
    data: { ...layout, shards: [await put(store, shard, signal)] },
    about: `${(corpus.bytes.length / 1e6).toFixed(1)} MB from ${corpus.documents} documents`,
  }
}

export interface PreparedRequest {
  /** What `tessera data prepare` has made. */
  readonly folder: string
  readonly model: ModelConfig
  /** Address of the run's tokenizer, or that its tokens are bytes. */
  readonly tokenizer: TokenizerReference
  readonly store: BlobStore
  readonly signal: AbortSignal
}

/** The shards of a prepared folder. Errors: `data/no-dataset`, `data/bad-manifest`, `devnet/other-dataset`, `storage/…`. */
export async function preparedData({ folder, model, tokenizer, store, signal }: PreparedRequest): Promise<RunData> {
  const { manifest } = await openDataset(folder)
  const { data, settings, counts } = manifest
  const digestOf = (reference: TokenizerReference): string => (reference.kind === 'bytes' ? 'bytes' : reference.digest)
  if (data.sampleTokens !== model.context) throw unfit(folder, `samples of ${data.sampleTokens} tokens`, model.context)
  if (digestOf(settings.tokenizer) !== digestOf(tokenizer))
    throw unfit(folder, `tokens of ${digestOf(settings.tokenizer)}`, digestOf(tokenizer))
  for (const [shard, named] of data.shards.entries()) {
    const { digest } = await put(store, createReadStream(shardPath(folder, shard)), signal)
    if (digest !== named.digest) throw unfit(folder, `shard ${shard} of address ${digest}`, named.digest)
  }
  const documents = counts.trainDocuments + counts.heldOutDocuments
  return { data, about: `${counts.trainTokens + counts.heldOutTokens} tokens from ${documents} documents` }
}

function put(store: BlobStore, bytes: Uint8Array | AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<BlobRef> {
  return store.put(bytes, { round: 0, maxBytes: 4 * GIB, keep: 'checkpoint', signal })
}

function tooLittle(tokens: number, needed: number): TesseraError {
  return new TesseraError('devnet/too-little-text', `the text makes ${tokens} tokens, a round needs ${needed}`, {
    hint: 'Give more text with --corpus, or raise --corpus-limit',
    context: { tokens, needed },
  })
}

function unfit(folder: string, has: string, wanted: unknown): TesseraError {
  return new TesseraError('devnet/other-dataset', `the data set in ${folder} has ${has}, the run wants ${wanted}`, {
    hint: 'Prepare it with the tokenizer and the context of the model, in an empty folder',
    context: { folder, has, wanted },
  })
}
