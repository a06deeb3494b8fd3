import assert from 'node:assert/strict'
import { test } from 'node:test'
import { canonicalJson, type Json } from './canonicalJson.ts'
import type { RunParams } from './events.ts'
import {
  checkManifestForRun,
  chunkRulesOf,
  encodeManifest,
  MAX_MANIFEST_BYTES,
  type Manifest,
  manifestLayout,
  parseManifest,
} from './manifest.ts'
import { sampleParams } from './simulatedRun.fixture.ts'

const digest = (n: number) => `0x${n.toString(16).padStart(64, '0')}` as const
const blob = (n: number) => ({ digest: digest(n), size: n })

const manifest: Manifest = {
  version: 3,
  name: 'a small model',
  model: {
    architecture: 'llama',
    vocabSize: 256,
    dModel: 8,
    layers: 1,
    heads: 2,
    keyValueHeads: 1,
    headSize: 4,
    ffn: 16,
    context: 4,
    ropeBase: 10_000,
    ropeScaling: null,
    normEpsilon: 1e-5,
    tiedEmbeddings: true,
  },
  tensors: [
    { name: 'model.embed.weight', shape: [256, 8] },
    { name: 'model.norm.weight', shape: [8] },
  ],
  tokenizer: { kind: 'bytes' },
  data: {
    tokenBytes: 2,
    sampleTokens: 4,
    trainSamples: 2000,
    heldOutSamples: 100,
    shardSamples: 1500,
    shards: [
      { digest: digest(16), size: 12_002 },
      { digest: digest(17), size: 4802 },
    ],
  },
  programs: { train: blob(11), evaluate: blob(12), generate: blob(13) },
  genesis: { digest: digest(14), size: 4 * 2056, root: digest(15) },
  codec: { chunkSize: 4096, k: 64 },
  aggregation: { clipQ8: 512, rateQ16: 65_536 },
  training: {
    steps: 15,
    batch: 8,
    microBatches: 2,
    compute: 'float32',
    learningRate: { kind: 'cosine', peak: 1e-3, floor: 1e-4, warmupSteps: 30, totalSteps: 1500 },
    feedbackDecay: 0.95,
    overlap: false,
    optimizer: { beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0.1, clipNorm: 1 },
  },
  evaluation: { samples: 8, rateQ16: 13_107 },
}

/** A copy with the value at a path replaced; undefined removes it. */
function edited(path: string, value: unknown): Uint8Array {
  const copy = JSON.parse(new TextDecoder().decode(encodeManifest(manifest))) as Record<string, unknown>
  const names = path.split('.')
  const last = names.pop()!
  const parent = names.reduce<Record<string, unknown>>((object, name) => object[name] as Record<string, unknown>, copy)
  if (value === undefined) delete parent[last]
  else parent[last] = value
  return new TextEncoder().encode(canonicalJson(copy as Json))
}

function fieldOf(bytes: Uint8Array): string {
  try {
    parseManifest(bytes)
  } catch (error) {
    const { code, context } = error as { code: string; context: { field: string } }
    assert.equal(code, 'manifest/invalid')
    return context.field
  }
  return 'accepted'
}

test('a manifest survives, and its layout follows', () => {
  assert.deepEqual(parseManifest(encodeManifest(manifest)), manifest)
  const layout = manifestLayout(manifest)
  assert.deepEqual([layout.parameters, layout.chunks.length], [2056, 2])
})

test('each field has bounds, and the error names it', () => {
  const bad: [string, unknown, string?][] = [
    ['version', 1],
    ['name', ''],
    ['name', 'x'.repeat(101)],
    ['name', 'a\u0000b'],
    ['model.architecture', 'gpt2'],
    ['model.vocabSize', 1],
    ['model.layers', 0],
    ['model.heads', 2.5],
    ['model.headSize', 3],
    ['model.ropeScaling', undefined],
    ['model.ropeScaling', { kind: 'yarn', factor: 2 }, 'model.ropeScaling.kind'],
    ['model.ropeScaling', { kind: 'linear', factor: 0 }, 'model.ropeScaling.factor'],
    ['model.ropeScaling', { kind: 'llama3', factor: 8 }, 'model.ropeScaling.lowFrequencyFactor'],
    ['model.tiedEmbeddings', 1],
    ['model.vocabSize', 255],
    ['model.keyValueHeads', 4],
    ['model.ropeBase', 0],
    ['model.normEpsilon', '1e-5'],
    ['tensors', 'none'],
    ['tensors', Array.from({ length: 4097 }, () => ({ name: 'a', shape: [1] }))],
    ['tensors.0.name', 'a b', 'tensors[0].name'],
    ['tensors.0.name', 'model.norm.weight', 'tensors'],
    ['tensors.0.shape', [], 'tensors[0].shape'],
    ['tensors.0.shape', [1, 1, 1, 1, 1], 'tensors[0].shape'],
    ['tensors.1.shape', [0], 'tensors[1].shape'],
    ['tensors.1.shape', [2 ** 31 - 1, 2 ** 31 - 1], 'tensors'],
    ['tokenizer', 'bytes'],
    ['tokenizer', { kind: 'bpe' }, 'tokenizer.kind'],
    ['tokenizer', { kind: 'huggingface' }, 'tokenizer.digest'],
    ['tokenizer', { kind: 'bytes', ...blob(5) }, 'tokenizer.digest'],
    ['data.tokenBytes', 3],
    ['data.shardSamples', 2100, 'data.shards'],
    ['data.shards', [], 'data.shards'],
    ['data.shards.0.digest', '0x00', 'data.shards[0].digest'],
    ['data.shards.0.size', 12_001, 'data.shards[0].size'],
    ['data.shards.1.size', 4804, 'data.shards[1].size'],
    ['data.sampleTokens', 5],
    ['data.trainSamples', 0],
    ['programs.train.size', 0],
    ['programs.evaluate', undefined],
    ['genesis.root', digest(1).toUpperCase()],
    ['genesis.size', 8225],
    ['codec.k', 1025, 'codec'],
    ['codec.k', 0],
    ['codec.chunkSize', 4097],
    ['aggregation.clipQ8', 0],
    ['aggregation.rateQ16', 131_073],
    ['training.steps', 251],
    ['training.microBatches', 3],
    ['training.compute', 'bfloat16'],
    ['training.learningRate.kind', 'linear'],
    ['training.learningRate.floor', 1],
    ['training.feedbackDecay', 1.01],
    ['training.overlap', 1],
    ['training.optimizer.beta1', -0.1],
    ['evaluation.samples', 121],
    ['evaluation.rateQ16', null],
    ['extra', 1],
    ['training.extra', 1],
  ]
  for (const [path, value, field] of bad) {
    assert.equal(fieldOf(edited(path, value)), field ?? path, `${path} = ${JSON.stringify(value)?.slice(0, 60)}`)
  }
})

test('what may be one thing or another', () => {
  const good: [string, unknown][] = [
    ['tokenizer', { kind: 'huggingface', ...blob(5) }],
    ['model.ropeScaling', { kind: 'linear', factor: 2 }],
    [
      'model.ropeScaling',
      { kind: 'llama3', factor: 8, lowFrequencyFactor: 1, highFrequencyFactor: 4, originalContext: 8192 },
    ],
  ]
  for (const [path, value] of good) assert.equal(fieldOf(edited(path, value)), 'accepted', JSON.stringify(value))
})

test('only the canonical text is a manifest', () => {
  const text = new TextDecoder().decode(encodeManifest(manifest))
  const bytesOf = (other: string): Uint8Array => new TextEncoder().encode(other)
  assert.equal(fieldOf(bytesOf(JSON.stringify(manifest))), 'document', 'keys in another order')
  assert.equal(fieldOf(bytesOf(`${text}\n`)), 'document')
  assert.equal(fieldOf(bytesOf(text.replace('"k":64', '"k":64,"k":64'))), 'document', 'a key twice')
  assert.equal(fieldOf(bytesOf(text.replace('0.0001', '1e-4'))), 'document')
  assert.equal(fieldOf(bytesOf('[]')), 'document')
  assert.equal(fieldOf(new Uint8Array(MAX_MANIFEST_BYTES + 1)), 'document')
})

test('a manifest is held against its run', () => {
  const params: RunParams = {
    ...sampleParams,
    genesisRoot: digest(15),
    maxMiners: 16,
    maxBlobBytes: 170,
    chunks: chunkRulesOf(manifest),
  }
  checkManifestForRun(manifest, params)
  const bad: Partial<RunParams>[] = [{ genesisRoot: digest(16) }, { maxMiners: 17 }, { maxBlobBytes: 169 }]
  for (const change of bad)
    assert.throws(() => checkManifestForRun(manifest, { ...params, ...change }), { code: 'manifest/run-mismatch' })
  for (const [name, value] of Object.entries(params.chunks)) {
    const chunks = { ...params.chunks, [name]: value + 1 }
    assert.throws(() => checkManifestForRun(manifest, { ...params, chunks }), { code: 'manifest/run-mismatch' }, name)
  }
})
