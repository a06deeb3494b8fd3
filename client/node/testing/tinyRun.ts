// @testonly A run small enough for a test and real in every part: a model of 4568 parameters that reads bytes, its programs, data,
// genesis, manifest, and contributions to it. Deterministic.

import { compressUpdate } from '@tessera/protocol/compress'
import { type Contribution, contributionRoot } from '@tessera/protocol/contribution'
import type { Hex } from '@tessera/protocol/hex'
import type { StateLayout } from '@tessera/protocol/layout'
import { type Manifest, manifestLayout } from '@tessera/protocol/manifest'
import { encodeState, genesisRoot } from '@tessera/protocol/state'
import { addressOf } from '@tessera/storage/importer'
import { packedDataset, packTokens } from '@tessera/training/data/packTokens'
import type { ModelConfig } from '@tessera/training/model/config'
import { configOf, describeModel } from '@tessera/training/model/description'
import { initialParameters } from '@tessera/training/model/initialParameters'
import { parameterSpecs } from '@tessera/training/model/parameterSpecs'
import { ADAMW_DEFAULTS } from '@tessera/training/ops/adamW'
import { quantizeQ24 } from '@tessera/training/parameters'
import { buildPrograms } from '@tessera/training/programs/runPrograms'
import { Random } from '@tessera/training/random'
import { ALICE } from '@tessera/training/testing/text'
import { bytesTokenizer } from '@tessera/training/tokenizer/bytesTokenizer'
import { nativeSha256 } from '../nativeSha256.ts'
import type { RunBundle } from '../runBundle.ts'
import { hash32, type Opening, RUN } from './storyParts.ts'

const MODEL = {
  vocabSize: 256,
  dModel: 8,
  layers: 1,
  heads: 2,
  keyValueHeads: 2,
  ffn: 8,
  context: 8,
  ropeBase: 10_000,
  normEpsilon: 1e-5,
} as const satisfies ModelConfig

const BATCH = 2
export const STEPS = 3
const HELD_OUT = 4

/** The blobs that the manifest names, by the part of the manifest that names them. */
export interface TinyFiles {
  readonly data: Uint8Array
  readonly genesis: Uint8Array
  readonly train: Uint8Array
  readonly evaluate: Uint8Array
  readonly generate: Uint8Array
}

export interface TinyRun {
  readonly manifest: Manifest
  readonly layout: StateLayout
  readonly bundle: RunBundle
  readonly files: TinyFiles
}

let made: Promise<TinyRun> | undefined

/** Made once in a process. */
export function tinyRun(): Promise<TinyRun> {
  made ??= make()
  return made
}

const TRAINING = {
  steps: STEPS,
  batch: BATCH,
  microBatches: 1,
  compute: 'float32',
  learningRate: { kind: 'flat', peak: 0.01, floor: 0.01, warmupSteps: 0, totalSteps: 100 },
  feedbackDecay: 0.9,
  overlap: false,
  optimizer: ADAMW_DEFAULTS,
} as const

async function make(): Promise<TinyRun> {
  const genesis = quantizeQ24(initialParameters(MODEL, 1))
  const programs = buildPrograms({ training: TRAINING }, MODEL)
  const { vocabSize, context } = MODEL
  const packed = packTokens(new TextEncoder().encode(ALICE), { vocabSize, context, heldOutSamples: HELD_OUT })
  const files: TinyFiles = { data: packed.shard, genesis: encodeState(genesis), ...programs }
  const draft: Manifest = {
    version: 3,
    name: 'tiny',
    model: describeModel(MODEL),
    tensors: parameterSpecs(MODEL).map(({ name, shape }) => ({ name, shape })),
    tokenizer: { kind: 'bytes' },
    data: { ...packed.layout, shards: [await addressOf(files.data)] },
    programs: {
      train: await addressOf(files.train),
      evaluate: await addressOf(files.evaluate),
      generate: await addressOf(files.generate),
    },
    genesis: { ...(await addressOf(files.genesis)), root: hash32('not known yet') },
    codec: { chunkSize: 64, k: 8 },
    aggregation: { clipQ8: 512, rateQ16: 65_536 },
    training: TRAINING,
    evaluation: { samples: 4, rateQ16: 65_536 },
  }
  const layout = manifestLayout(draft)
  const root = genesisRoot(genesis, layout, { sha256: nativeSha256 })
  const manifest: Manifest = { ...draft, genesis: { ...draft.genesis, root } }
  const bundle: RunBundle = {
    manifest,
    layout,
    model: configOf(manifest.model),
    tokenizer: bytesTokenizer,
    tokenizerFile: undefined,
    data: packedDataset(packed, vocabSize),
    genesis,
    programs,
  }
  return { manifest, layout, bundle, files }
}

export interface MadeContribution {
  readonly blob: Uint8Array
  readonly contribution: Contribution
  readonly opening: Opening
}

export interface ContributionRequest {
  readonly round: bigint
  readonly miner: Hex
  readonly baseRoot: Hex
  /** The same seed gives the same records, whoever sends them. */
  readonly seed: number
  readonly run?: bigint
  readonly innerSteps?: number
  /** Deviation of the update's entries; with a negative one it undoes what the positive one does. */
  readonly size?: number
}

/** A contribution that is right in form, of a random update, with what opens its commitment. */
export async function makeContribution(request: ContributionRequest): Promise<MadeContribution> {
  const { layout, manifest } = await tinyRun()
  const { round, miner, baseRoot, seed, run = RUN, innerSteps = STEPS, size = 0.01 } = request
  const random = new Random(seed)
  return packed({
    update: Float32Array.from({ length: layout.parameters }, () => size * random.normal()),
    layout,
    codec: manifest.codec,
    header: { run, round, miner, innerSteps, samples: innerSteps * BATCH, baseRoot },
  })
}

async function packed(request: Parameters<typeof compressUpdate>[0]): Promise<MadeContribution> {
  const { contribution, recordsRoot } = compressUpdate(request)
  const { blob } = contribution
  const { digest, size } = await addressOf(blob)
  const { round, miner } = request.header
  const opening = {
    contributionRoot: contributionRoot(contribution, recordsRoot, nativeSha256),
    digest,
    size: BigInt(size),
    salt: hash32('salt', round, miner, digest),
  }
  return { blob, contribution, opening }
}
