// dataset.json, which stands beside the shards: how they are laid out, and what they were made of and how. The manifest of a run
// takes `data` and `tokenizer` from it. JSON, read strictly.

import { decodeJson, type Refusal, refuse } from '@tessera/protocol/canonicalJson'
import type { Hex } from '@tessera/protocol/hex'
import { JsonFields } from '@tessera/protocol/jsonFields'
import type { BlobReference } from '@tessera/protocol/manifest'
import type { Defect } from './documents.ts'
import { type ShardLayout, samplesPerShard, shardBytes, type TokenBytes } from './shardedDataset.ts'

/** Nothing beside it: bytes are tokens. Otherwise tokenizer.json, by its address. */
export type TokenizerReference = { readonly kind: 'bytes' } | ({ readonly kind: 'huggingface' } & BlobReference)

/** All that decides which tokens the shards hold, beside the files themselves. */
export interface DatasetSettings {
  readonly tokenizer: TokenizerReference
  readonly vocabSize: number
  /** Tokens around documents; -1 where there is none. */
  readonly startOfText: number
  readonly endOfText: number
  /** T */
  readonly sampleTokens: number
  readonly shardSamples: number
  /** Share of the documents that is held out; a seed says which. */
  readonly heldOutFraction: number
  readonly heldOutSeed: string
  /** At most so many held-out samples; 0 for no limit. */
  readonly maxHeldOutSamples: number
  /** Of JSON lines and Parquet. */
  readonly field: string
  /** Of text files; empty for none. */
  readonly separator: string
  readonly specialTokens: 'token' | 'text'
  readonly onBadDocument: 'fail' | 'skip'
  readonly maxDocumentBytes: number
  readonly passageBytes: number
}

export interface DatasetSource {
  readonly name: string
  readonly size: number
  readonly sha256: Hex
}

export interface SkippedDocuments {
  readonly counts: Readonly<Partial<Record<Defect, number>>>
  /** The first of them. `line` counts rows in Parquet; both from 1. */
  readonly examples: readonly { readonly name: string; readonly line: number; readonly defect: Defect }[]
}

/** Documents (passages, where a text file is read in them) and their tokens by where they went. */
export interface DatasetCounts {
  readonly trainDocuments: number
  readonly heldOutDocuments: number
  readonly trainTokens: number
  readonly heldOutTokens: number
}

export interface DatasetManifest {
  readonly version: 1
  readonly data: ShardLayout & { readonly shards: readonly BlobReference[] }
  readonly settings: DatasetSettings
  readonly counts: DatasetCounts
  readonly skipped: SkippedDocuments
  readonly sources: readonly DatasetSource[]
}

export const MANIFEST_NAME = 'dataset.json'
/** As many as the manifest of a run may name. */
export const MAX_SHARDS = 4096
const MAX_BYTES = 2 ** 28
export const MAX_EXAMPLES = 20
const MAX_SOURCES = 2 ** 20
const MAX_COUNT = Number.MAX_SAFE_INTEGER
const DEFECTS = [
  'empty',
  'not-utf8',
  'binary',
  'bad-json',
  'missing-field',
  'not-text',
  'too-long',
  'bad-parquet',
] as const

const REFUSAL: Refusal = {
  code: 'data/bad-manifest',
  hint: 'Prepare the data set anew in an empty folder',
}

export function manifestText(manifest: DatasetManifest): string {
  return `${JSON.stringify(manifest, null, 2)}\n`
}

/** Throws `data/bad-manifest`. */
export function parseDatasetManifest(bytes: Uint8Array): DatasetManifest {
  const manifest = JsonFields.read(decodeJson(bytes, MAX_BYTES, REFUSAL), '', REFUSAL, readFields)
  const samples = samplesPerShard(manifest.data)
  if (samples.length !== manifest.data.shards.length)
    throw refuse(REFUSAL, 'data.shards', 'are not as many as the samples fill')
  for (const [i, count] of samples.entries())
    if (manifest.data.shards[i]?.size !== shardBytes(manifest.data, count))
      throw refuse(REFUSAL, `data.shards[${i}].size`, 'is not that of its samples')
  return manifest
}

function readFields(fields: JsonFields): DatasetManifest {
  return {
    version: fields.choice('version', [1]),
    data: fields.object('data', (data) => ({
      tokenBytes: data.choice('tokenBytes', [1, 2, 4]) as TokenBytes,
      sampleTokens: data.integer('sampleTokens', 1, 2 ** 20),
      trainSamples: data.integer('trainSamples', 1, 2 ** 32),
      heldOutSamples: data.integer('heldOutSamples', 0, 2 ** 32),
      shardSamples: data.integer('shardSamples', 1, 2 ** 32),
      shards: data.list('shards', MAX_SHARDS, (item, path) => JsonFields.read(item, path, REFUSAL, readBlob)),
    })),
    settings: fields.object('settings', readSettings),
    counts: fields.object('counts', readCounts),
    skipped: fields.object('skipped', readSkipped),
    sources: fields.list('sources', MAX_SOURCES, (item, path) =>
      JsonFields.read(item, path, REFUSAL, (source) => ({
        name: source.text('name', 4096),
        size: source.integer('size', 0, MAX_COUNT),
        sha256: source.hex('sha256', 32),
      })),
    ),
  }
}

export function readBlob(fields: JsonFields): BlobReference {
  return { digest: fields.hex('digest', 32), size: fields.integer('size', 1, MAX_COUNT) }
}

export function readCounts(counts: JsonFields): DatasetCounts {
  return {
    trainDocuments: counts.integer('trainDocuments', 0, MAX_COUNT),
    heldOutDocuments: counts.integer('heldOutDocuments', 0, MAX_COUNT),
    trainTokens: counts.integer('trainTokens', 0, MAX_COUNT),
    heldOutTokens: counts.integer('heldOutTokens', 0, MAX_COUNT),
  }
}

export function readSkipped(skipped: JsonFields): SkippedDocuments {
  return {
    counts: skipped.object('counts', (counts) =>
      Object.fromEntries(
        DEFECTS.flatMap((defect) => (counts.has(defect) ? [[defect, counts.integer(defect, 1, MAX_COUNT)]] : [])),
      ),
    ),
    examples: skipped.list('examples', MAX_EXAMPLES, (item, path) =>
      JsonFields.read(item, path, REFUSAL, (example) => ({
        name: example.text('name', 4096),
        line: example.integer('line', 1, MAX_COUNT),
        defect: example.choice('defect', DEFECTS),
      })),
    ),
  }
}

export function readSettings(fields: JsonFields): DatasetSettings {
  return {
    tokenizer: fields.object('tokenizer', (tokenizer) =>
      tokenizer.choice('kind', ['bytes', 'huggingface']) === 'bytes'
        ? { kind: 'bytes' }
        : { kind: 'huggingface', ...readBlob(tokenizer) },
    ),
    vocabSize: fields.integer('vocabSize', 1, 2 ** 20),
    startOfText: fields.integer('startOfText', -1, 2 ** 20),
    endOfText: fields.integer('endOfText', -1, 2 ** 20),
    sampleTokens: fields.integer('sampleTokens', 1, 2 ** 20),
    shardSamples: fields.integer('shardSamples', 1, 2 ** 32),
    heldOutFraction: fields.number('heldOutFraction', 0, 1),
    heldOutSeed: fields.text('heldOutSeed', 1000),
    maxHeldOutSamples: fields.integer('maxHeldOutSamples', 0, 2 ** 32),
    field: fields.text('field', 1000),
    separator: fields.text('separator', 1000),
    specialTokens: fields.choice('specialTokens', ['token', 'text']),
    onBadDocument: fields.choice('onBadDocument', ['fail', 'skip']),
    maxDocumentBytes: fields.integer('maxDocumentBytes', 1, 2 ** 30),
    passageBytes: fields.integer('passageBytes', 1, 2 ** 30),
  }
}
