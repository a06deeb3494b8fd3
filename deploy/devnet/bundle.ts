// Makes what a new run refers to: the data set from a corpus, the three programs, the genesis state and the manifest that
// names them, each put into a blob store under its content address.

import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { writeFileAtomic } from '@tessera/agent/atomicFile'
import { readFileLimited } from '@tessera/agent/limitedFile'
import { TesseraError } from '@tessera/protocol/errors'
import type { Hex } from '@tessera/protocol/hex'
import { createLayout } from '@tessera/protocol/layout'
import { encodeManifest, parseManifest } from '@tessera/protocol/manifest'
import { encodeState, genesisRoot } from '@tessera/protocol/state'
import type { BlobRef } from '@tessera/storage/blobRef'
import type { BlobStore } from '@tessera/storage/blobStore'
import { buildCorpus, defaultCorpusPaths, isDocumentation } from '@tessera/training/corpus'
import { DatasetView, datasetBytes, memorySource } from '@tessera/training/dataset'
import { initialParameters } from '@tessera/training/model/initialParameters'
import { parameterSpecs } from '@tessera/training/model/parameterSpecs'
import { quantizeQ24 } from '@tessera/training/parameters'
import { buildEvaluateProgram } from '@tessera/training/programs/evaluate'
import { buildGenerateProgram } from '@tessera/training/programs/generate'
import { buildTrainProgram } from '@tessera/training/programs/train'
import type { Preset } from './preset.ts'

const GIB = 2 ** 30
const MAX_FILE_BYTES = 10_000

/** What is remembered of a bundle, so that a second start does not build it again. */
export interface Bundle {
  /** Address of the manifest. */
  readonly reference: BlobRef
  readonly genesisRoot: Hex
  readonly parameters: number
  readonly trainSamples: number
  readonly corpusBytes: number
  readonly documents: number
  /** Path of the corpus it was made from; null for the packages' documentation. */
  readonly corpus: string | null
}

export interface BundleRequest {
  readonly preset: Preset
  readonly store: BlobStore
  /** File or folder of text; the Markdown documentation below `packagesRoot` if not given. */
  readonly corpus: string | undefined
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
    if ((await request.store.has(bundle.reference)) === 'full') return sameCorpus(bundle, request)
  }
  const bundle = await buildBundle(request)
  await writeFileAtomic(request.file, `${JSON.stringify(bundle, null, 2)}\n`)
  return bundle
}

/** Builds and stores everything. Errors: `corpus/…`, `manifest/invalid`, `storage/…`. */
async function buildBundle(request: BundleRequest): Promise<Bundle> {
  const { preset, store, signal } = request
  const { model, training } = preset
  const paths = request.corpus === undefined ? defaultCorpusPaths(request.packagesRoot) : [request.corpus]
  const accept = request.corpus === undefined ? { accept: isDocumentation } : {}
  const minBytes = datasetBytes(preset.heldOutSamples + request.miners * training.steps * training.batch, model.context)
  const corpus = await buildCorpus({
    paths,
    ...accept,
    minBytes,
    maxBytes: request.corpusLimit,
    seed: preset.seed,
    signal,
  })
  const put = (bytes: Uint8Array): Promise<BlobRef> =>
    store.put(bytes, { round: 0, maxBytes: 4 * GIB, keep: 'checkpoint', signal })

  const view = new DatasetView(memorySource(corpus.bytes), {
    context: model.context,
    heldOutSamples: preset.heldOutSamples,
  })
  const tensors = parameterSpecs(model).map((spec) => ({ name: spec.name, shape: [...spec.shape] }))
  const layout = createLayout(
    tensors.map((tensor) => tensor.shape.reduce((product, size) => product * size, 1)),
    preset.codec.chunkSize,
  )
  const genesis = quantizeQ24(initialParameters(model, preset.seed))
  const sha256 = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest()
  const manifest = parseManifest(
    encodeManifest({
      version: 1,
      name: preset.name,
      model: { architecture: 'llama', keyValueHeads: model.heads, ...model },
      tensors,
      tokenizer: 'bytes',
      data: {
        ...(await put(corpus.bytes)),
        sampleTokens: model.context,
        trainSamples: view.trainSamples,
        heldOutSamples: view.heldOutSamples,
      },
      programs: {
        train: await put(buildTrainProgram(model, { batch: training.batch, optimizer: training.optimizer })),
        evaluate: await put(buildEvaluateProgram(model, { batch: training.batch })),
        generate: await put(buildGenerateProgram(model)),
      },
      genesis: { ...(await put(encodeState(genesis))), root: genesisRoot(genesis, layout, { sha256 }) },
      codec: preset.codec,
      aggregation: preset.aggregation,
      training,
      evaluation: preset.evaluation,
    }),
  )
  const reference = await put(encodeManifest(manifest))
  return {
    reference,
    genesisRoot: manifest.genesis.root,
    parameters: layout.parameters,
    trainSamples: view.trainSamples,
    corpusBytes: corpus.bytes.length,
    documents: corpus.documents,
    corpus: request.corpus ?? null,
  }
}

/** A network trains on one data set for good. Errors: `devnet/other-corpus`. */
function sameCorpus(bundle: Bundle, { corpus }: BundleRequest): Bundle {
  if (corpus === undefined || corpus === bundle.corpus) return bundle
  throw new TesseraError(
    'devnet/other-corpus',
    `this network trains on ${bundle.corpus ?? 'the default corpus'}, not on ${corpus}`,
    {
      hint: 'Leave --corpus out to go on with it, or name another folder with --data to begin anew',
    },
  )
}
