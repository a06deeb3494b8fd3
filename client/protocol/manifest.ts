// The manifest of a run: everything that fixes what is trained and how, content-addressed and named on chain by digest and size.
// Canonical JSON, read strictly: whoever reads it takes nothing on trust but that its bytes have the digest.

import { type AggregationParams, checkAggregationParams } from './aggregate.ts'
import { bytesEqual } from './bytes.ts'
import { decodeJson, encodeJson, type Json, type Refusal, refuse } from './canonicalJson.ts'
import { maxContributionBytes } from './contribution.ts'
import { type CodecParams, checkCodec } from './contributionHeader.ts'
import { TesseraError } from './errors.ts'
import type { ChunkRules, RunParams } from './events.ts'
import { type Hex, sameHex } from './hex.ts'
import { createLayout, type StateLayout } from './layout.ts'
import type { LearningRateSchedule } from './learningRate.ts'
import { readManifest } from './manifestFields.ts'
import { MAX_PERMUTATION_SIZE } from './permutation.ts'

/** A blob by its address. */
export interface BlobReference {
  /** sha2-256 digest of its root block. */
  readonly digest: Hex
  /** Bytes. */
  readonly size: number
}

export interface ModelDescription {
  readonly architecture: 'llama'
  readonly vocabSize: number
  readonly dModel: number
  readonly layers: number
  readonly heads: number
  readonly keyValueHeads: number
  readonly headSize: number
  readonly ffn: number
  /** Tokens of a sample. */
  readonly context: number
  readonly ropeBase: number
  readonly ropeScaling: RopeScaling | null
  readonly normEpsilon: number
  /** Whether the head is the embedding table, so that there is no tensor of its own. */
  readonly tiedEmbeddings: boolean
}

/** How rotary frequencies are stretched for a context longer than the one of the first training: `rope_type` of Hugging Face. */
export type RopeScaling =
  | { readonly kind: 'linear'; readonly factor: number }
  | {
      readonly kind: 'llama3'
      readonly factor: number
      /** Wavelengths above originalContext / lowFrequencyFactor are stretched by `factor`. */
      readonly lowFrequencyFactor: number
      /** Wavelengths below originalContext / highFrequencyFactor stay; those between are blended. */
      readonly highFrequencyFactor: number
      /** Tokens of the first training. */
      readonly originalContext: number
    }

export interface TensorDescription {
  readonly name: string
  readonly shape: readonly number[]
}

/**
 * The data set as shards of little-endian tokens. The training samples come first, then the held-out ones; a shard holds whole
 * samples of T tokens and one token more, the target of the last.
 */
export interface DataDescription {
  readonly tokenBytes: 1 | 2 | 4
  /** T: tokens of a sample. */
  readonly sampleTokens: number
  readonly trainSamples: number
  readonly heldOutSamples: number
  /** Samples of every shard but the last, which has the rest. */
  readonly shardSamples: number
  readonly shards: readonly BlobReference[]
}

export interface Manifest {
  readonly version: 3
  /** For people; at most 100 characters. */
  readonly name: string
  readonly model: ModelDescription
  /** In the order of the state. */
  readonly tensors: readonly TensorDescription[]
  /** `huggingface`: the blob is a tokenizer.json. */
  readonly tokenizer: { readonly kind: 'bytes' } | ({ readonly kind: 'huggingface' } & BlobReference)
  readonly data: DataDescription
  readonly programs: {
    readonly train: BlobReference
    readonly evaluate: BlobReference
    readonly generate: BlobReference
  }
  /** The state before round 1, as encodeState writes it. */
  readonly genesis: BlobReference & { readonly root: Hex }
  readonly codec: CodecParams
  readonly aggregation: AggregationParams
  readonly training: {
    /** H: inner steps of a round. */
    readonly steps: number
    /** Samples of a step. */
    readonly batch: number
    /** Parts that a step's batch is computed in, one after the other, when it does not fit the device at once. */
    readonly microBatches: number
    /** float16: matrix products in half precision, parameters and statistics in float32. */
    readonly compute: 'float32' | 'float16'
    readonly learningRate: LearningRateSchedule
    /** What is kept of the residual from one round to the next. */
    readonly feedbackDecay: number
    /**
     * Whether a round is trained while the one before it is revealed and attested, from the state that was final before: see
     * trainingStart.ts.
     */
    readonly overlap: boolean
    readonly optimizer: {
      readonly beta1: number
      readonly beta2: number
      readonly epsilon: number
      readonly weightDecay: number
      readonly clipNorm: number
    }
  }
  readonly evaluation: {
    /** n: test samples of each kind. */
    readonly samples: number
    /** Outer rate (Q16) for a contribution that is applied alone. */
    readonly rateQ16: number
  }
}

export const MAX_MANIFEST_BYTES = 2 ** 19

const REFUSAL: Refusal = {
  code: 'manifest/invalid',
  hint: 'The run was created with a manifest that this version cannot use; do not join it',
}

/**
 * @throws `manifest/invalid`; `context.field` names what is wrong.
 */
export function parseManifest(bytes: Uint8Array): Manifest {
  const manifest = readManifest(decodeJson(bytes, MAX_MANIFEST_BYTES, REFUSAL), REFUSAL)
  if (!bytesEqual(encodeManifest(manifest), bytes)) throw refuse(REFUSAL, 'document', 'is not canonical JSON')
  crossCheck(manifest)
  return manifest
}

/** The canonical bytes, whose digest goes on chain. */
export function encodeManifest(manifest: Manifest): Uint8Array {
  return encodeJson(manifest as unknown as Json)
}

/** How the state of this run is laid out. Errors: `layout/invalid`, which parseManifest has ruled out. */
export function manifestLayout(manifest: Pick<Manifest, 'tensors' | 'codec'>): StateLayout {
  return createLayout(
    manifest.tensors.map(({ shape }) => shape.reduce((size, dimension) => size * dimension, 1)),
    manifest.codec.chunkSize,
  )
}

/** What fields mean together. */
function crossCheck(manifest: Manifest): void {
  const { data, model, training, genesis, evaluation, codec, aggregation } = manifest
  within('codec', () => checkCodec(codec))
  within('aggregation', () => checkAggregationParams(aggregation))
  const layout = within('tensors', () => manifestLayout(manifest))
  if (new Set(manifest.tensors.map(({ name }) => name)).size !== manifest.tensors.length)
    throw refuse(REFUSAL, 'tensors', 'name one tensor twice')
  if (model.heads % model.keyValueHeads !== 0) throw refuse(REFUSAL, 'model.keyValueHeads', 'does not divide the heads')
  if (model.headSize % 2 !== 0) throw refuse(REFUSAL, 'model.headSize', 'is odd: rotations turn pairs')
  if (manifest.tokenizer.kind === 'bytes' && model.vocabSize < 256)
    throw refuse(REFUSAL, 'model.vocabSize', 'is less than the 256 values of a byte')
  checkShards(manifest)
  if (genesis.size !== 4 * layout.parameters)
    throw refuse(REFUSAL, 'genesis.size', `is not 4 bytes for each of ${layout.parameters} parameters`)
  const assigned = training.steps * training.batch
  if (assigned > data.trainSamples) throw refuse(REFUSAL, 'training.steps', 'need more samples a round than there are')
  if (training.batch % training.microBatches !== 0)
    throw refuse(REFUSAL, 'training.microBatches', 'does not divide the batch')
  if (evaluation.samples > Math.min(assigned, data.trainSamples))
    throw refuse(REFUSAL, 'evaluation.samples', 'are more than a miner uses in a round')
  if (training.learningRate.floor > training.learningRate.peak)
    throw refuse(REFUSAL, 'training.learningRate.floor', 'is above the peak')
}

/** Number and sizes of the shards follow from the samples. */
function checkShards({ data, model }: Manifest): void {
  if (data.sampleTokens !== model.context) throw refuse(REFUSAL, 'data.sampleTokens', 'is not the context of the model')
  const samples = data.trainSamples + data.heldOutSamples
  if (data.shards.length !== Math.ceil(samples / data.shardSamples))
    throw refuse(REFUSAL, 'data.shards', `are not as many as ${samples} samples fill`)
  for (const [i, { size }] of data.shards.entries()) {
    const expected = shardBytes(data, Math.min(data.shardSamples, samples - i * data.shardSamples))
    if (size !== expected)
      throw refuse(REFUSAL, `data.shards[${i}].size`, `is not the ${expected} bytes of its samples`)
  }
}

/** Bytes of a shard with `samples` samples: the target of the last token is one token further on. */
function shardBytes({ sampleTokens, tokenBytes }: DataDescription, samples: number): number {
  return (samples * sampleTokens + 1) * tokenBytes
}

/** A check of another file, told as one of the manifest. */
function within<T>(field: string, check: () => T): T {
  try {
    return check()
  } catch (error) {
    if (error instanceof TesseraError) throw refuse(REFUSAL, field, `are refused: ${error.message}`, error)
    throw error
  }
}

/**
 * Holds a manifest against what the chain says of the run.
 * @throws `manifest/run-mismatch`
 */
export function checkManifestForRun(manifest: Manifest, params: RunParams): void {
  const { data, training, genesis, codec } = manifest
  if (!sameHex(genesis.root, params.genesisRoot))
    throw mismatch('genesis root', genesis.root, params.genesisRoot, 'The run was created for another genesis state')
  const assigned = params.maxMiners * training.steps * training.batch
  if (assigned > Math.min(data.trainSamples, MAX_PERMUTATION_SIZE))
    throw mismatch(
      'samples of a round',
      assigned,
      data.trainSamples,
      'With all slots taken, miners would train on the same samples: use more data, fewer slots or fewer steps',
    )
  const largest = maxContributionBytes(manifestLayout(manifest), codec)
  if (largest > params.maxBlobBytes)
    throw mismatch('largest contribution', largest, params.maxBlobBytes, 'Create the run with a greater maxBlobBytes')
  const rules = chunkRulesOf(manifest)
  for (const [name, value] of Object.entries(rules) as [keyof ChunkRules, number][])
    if (value !== params.chunks[name])
      throw mismatch(
        `chunks.${name}`,
        value,
        params.chunks[name],
        'A court would compute chunks by other rules: create another run',
      )
}

/** What a run is told of its manifest, so that a court can compute a chunk again. */
export function chunkRulesOf(manifest: Pick<Manifest, 'tensors' | 'codec' | 'aggregation' | 'training'>): ChunkRules {
  const { codec, aggregation, training } = manifest
  return {
    k: codec.k,
    chunkSize: codec.chunkSize,
    chunkCount: manifestLayout(manifest).chunks.length,
    clipQ8: aggregation.clipQ8,
    rateQ16: aggregation.rateQ16,
    maxInnerSteps: training.steps,
    batch: training.batch,
  }
}

function mismatch(what: string, manifest: unknown, chain: unknown, hint: string): TesseraError {
  return new TesseraError('manifest/run-mismatch', `${what}: the manifest has ${manifest}, the run ${chain}`, {
    hint,
    context: { what, manifest, chain },
  })
}
