// Makes what a new run refers to: the data set, the genesis state (fresh parameters, or a model from a folder) and the rest by
// createRun, each put into a blob store under its content address.

import { existsSync } from 'node:fs'
import { writeFileAtomic } from '@tessera/agent/atomicFile'
import { readFileLimited } from '@tessera/agent/limitedFile'
import { createRun } from '@tessera/node/createRun'
import { TesseraError } from '@tessera/protocol/errors'
import type { ChunkRules } from '@tessera/protocol/events'
import type { Hex } from '@tessera/protocol/hex'
import { chunkRulesOf } from '@tessera/protocol/manifest'
import type { BlobRef } from '@tessera/storage/blobRef'
import type { BlobStore } from '@tessera/storage/blobStore'
import { addressOf } from '@tessera/storage/importer'
import type { TokenizerReference } from '@tessera/training/data/datasetManifest'
import { importHuggingFace } from '@tessera/training/exchange/importHuggingFace'
import type { ModelConfig } from '@tessera/training/model/config'
import { initialParameters } from '@tessera/training/model/initialParameters'
import { quantizeQ24 } from '@tessera/training/parameters'
import { bytesTokenizer } from '@tessera/training/tokenizer/bytesTokenizer'
import { huggingFaceTokenizer } from '@tessera/training/tokenizer/huggingFaceTokenizer'
import type { Tokenizer } from '@tessera/training/tokenizer/tokenizer'
import type { Preset } from './preset.ts'
import { corpusData, preparedData, type RunData } from './runData.ts'

const MAX_FILE_BYTES = 10_000

/** What is remembered of a bundle, so that a second start does not build it again. */
export interface Bundle {
  /** Address of the manifest. */
  readonly reference: BlobRef
  readonly genesisRoot: Hex
  readonly parameters: number
  readonly trainSamples: number
  readonly chunks: ChunkRules
  /** The data set, for people. */
  readonly data: string
  /** Path of the corpus it was made from; null for the packages' documentation. */
  readonly corpus: string | null
  /** Folder of the prepared data set, if it was made from one. */
  readonly dataset: string | null
  /** Folder of the model it started from; null for fresh parameters. */
  readonly model: string | null
}

export interface BundleRequest {
  readonly preset: Preset
  readonly store: BlobStore
  /** File or folder of text; the Markdown documentation below `packagesRoot` if not given. */
  readonly corpus: string | undefined
  /** Folder of a prepared data set, instead of a corpus. */
  readonly dataset: string | undefined
  /** Folder of a model in the form of Hugging Face to go on from; fresh parameters of the preset's model if not given. */
  readonly model: string | undefined
  readonly packagesRoot: string
  readonly corpusLimit: number
  /** Whose samples of a round must not overlap. */
  readonly miners: number
  readonly signal: AbortSignal
}

/** The bundle that `file` remembers, if the store still has it; else a new one, remembered there. */
export async function loadOrBuildBundle(request: BundleRequest & { readonly file: string }): Promise<Bundle> {
  if (existsSync(request.file)) {
    const text = new TextDecoder().decode(
      await readFileLimited(request.file, MAX_FILE_BYTES, { signal: request.signal }),
    )
    // Written by ourselves, below; its manifest is in the store and checked against its address there.
    const bundle = JSON.parse(text) as Bundle
    // One of an earlier version knows no rules of chunks.
    const whole = Object.hasOwn(bundle, 'chunks') && (await request.store.has(bundle.reference)) === 'full'
    if (whole) return sameOrigin(bundle, request)
  }
  const bundle = await buildBundle(request)
  await writeFileAtomic(request.file, `${JSON.stringify(bundle, null, 2)}\n`)
  return bundle
}

/** Where the run starts. */
interface Start {
  readonly model: ModelConfig
  readonly genesis: Int32Array
  readonly tokenizer: Tokenizer
  readonly tokenizerFile: Uint8Array | undefined
}

/** Builds and stores everything. Errors: `corpus/…`, `devnet/…`, `manifest/invalid`, `storage/…`, and those of importHuggingFace. */
async function buildBundle(request: BundleRequest): Promise<Bundle> {
  const { preset, store, signal } = request
  const start = request.model === undefined ? freshStart(preset) : await importedStart(request.model, request)
  const { data, about } = await dataFor(start, request)
  const { name, codec, aggregation, training, evaluation } = preset
  const { tokenizerFile: file } = start
  const { reference, manifest } = await createRun(
    {
      name,
      model: start.model,
      genesis: start.genesis,
      tokenizer: file === undefined ? { kind: 'bytes' } : { kind: 'huggingface', file },
      data,
      codec,
      aggregation,
      training,
      evaluation,
    },
    store,
    signal,
  )
  return {
    reference,
    genesisRoot: manifest.genesis.root,
    parameters: start.genesis.length,
    trainSamples: data.trainSamples,
    chunks: chunkRulesOf(manifest),
    data: about,
    corpus: request.corpus ?? null,
    dataset: request.dataset ?? null,
    model: request.model ?? null,
  }
}

function freshStart({ model, seed }: Preset): Start {
  const genesis = quantizeQ24(initialParameters(model, seed))
  return { model, genesis, tokenizer: bytesTokenizer, tokenizerFile: undefined }
}

async function importedStart(folder: string, { preset, signal }: BundleRequest): Promise<Start> {
  const {
    config,
    state,
    tokenizer: file,
    tokenizerConfig,
  } = await importHuggingFace(folder, {
    context: preset.model.context,
    signal,
  })
  const tokenizer = file === undefined ? bytesTokenizer : huggingFaceTokenizer(file, tokenizerConfig)
  return { model: config, genesis: state, tokenizer, tokenizerFile: file }
}

async function dataFor({ model, tokenizer, tokenizerFile }: Start, request: BundleRequest): Promise<RunData> {
  const { preset, miners, store, corpus, packagesRoot, corpusLimit, dataset, signal } = request
  if (dataset !== undefined) {
    const reference: TokenizerReference =
      tokenizerFile === undefined ? { kind: 'bytes' } : { kind: 'huggingface', ...(await addressOf(tokenizerFile)) }
    return preparedData({ folder: dataset, model, tokenizer: reference, store, signal })
  }
  const { heldOutSamples, seed, training } = preset
  const leastSamples = miners * training.steps * training.batch
  const text = { corpus, packagesRoot, corpusLimit, heldOutSamples, leastSamples, seed }
  return await corpusData({ model, tokenizer, store, ...text, signal })
}

/** A network trains one model on one data set for good. Errors: `devnet/other-corpus`, `devnet/other-model`. */
function sameOrigin(bundle: Bundle, { corpus, dataset, model }: BundleRequest): Bundle {
  if (corpus !== undefined && corpus !== bundle.corpus)
    throw other('devnet/other-corpus', `trains on ${bundle.corpus ?? 'the default corpus'}`, corpus)
  if (dataset !== undefined && dataset !== bundle.dataset)
    throw other('devnet/other-corpus', `trains on ${bundle.dataset ?? bundle.corpus ?? 'the default corpus'}`, dataset)
  if (model !== undefined && model !== bundle.model)
    throw other('devnet/other-model', `started from ${bundle.model ?? 'fresh parameters'}`, model)
  return bundle
}

function other(code: string, does: string, asked: string): TesseraError {
  return new TesseraError(code, `this network ${does}, not ${asked}`, {
    hint: 'Leave the option out to go on with it, or name another folder with --data to begin anew',
  })
}
