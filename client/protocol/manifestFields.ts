// Types and bounds of every field of a manifest, one by one. What fields mean together is checked in manifest.ts, against whose
// type the compiler holds what is read here.

import type { Refusal } from './canonicalJson.ts'
import { JsonFields } from './jsonFields.ts'
import { MAX_PARAMETERS } from './layout.ts'
import { MAX_PERMUTATION_SIZE } from './permutation.ts'
import { CHUNK, MAX_CLIP_Q8, MAX_RATE_Q16 } from './tags.ts'

const MAX_TENSORS = 4096
const MAX_RANK = 4
const MAX_SHARDS = 4096
/** Bytes of a blob: whole numbers of JavaScript. */
const MAX_BLOB = Number.MAX_SAFE_INTEGER

export function readManifest(value: unknown, refusal: Refusal) {
  return JsonFields.read(value, '', refusal, (fields) => ({
    version: fields.choice('version', [3]),
    name: fields.text('name', 100, /^[^\p{C}]+$/u),
    model: fields.object('model', readModel),
    tensors: fields.list('tensors', MAX_TENSORS, (item, path) => JsonFields.read(item, path, refusal, readTensor)),
    tokenizer: fields.object('tokenizer', readTokenizer),
    data: fields.object('data', (data) => ({
      tokenBytes: data.choice('tokenBytes', [1, 2, 4]),
      sampleTokens: data.integer('sampleTokens', 1, 2 ** 20),
      trainSamples: data.integer('trainSamples', 1, MAX_PERMUTATION_SIZE),
      heldOutSamples: data.integer('heldOutSamples', 0, MAX_PERMUTATION_SIZE),
      shardSamples: data.integer('shardSamples', 1, MAX_PERMUTATION_SIZE),
      shards: data.list('shards', MAX_SHARDS, (item, path) => JsonFields.read(item, path, refusal, readBlob)),
    })),
    programs: fields.object('programs', (programs) => ({
      train: programs.object('train', readBlob),
      evaluate: programs.object('evaluate', readBlob),
      generate: programs.object('generate', readBlob),
    })),
    genesis: fields.object('genesis', (genesis) => ({ ...readBlob(genesis), root: genesis.hex('root', 32) })),
    codec: fields.object('codec', (codec) => ({
      chunkSize: codec.integer('chunkSize', 4, CHUNK),
      k: codec.integer('k', 1, CHUNK),
    })),
    aggregation: fields.object('aggregation', (aggregation) => ({
      clipQ8: aggregation.integer('clipQ8', 1, MAX_CLIP_Q8),
      rateQ16: aggregation.integer('rateQ16', 1, MAX_RATE_Q16),
    })),
    training: fields.object('training', readTraining),
    evaluation: fields.object('evaluation', (evaluation) => ({
      samples: evaluation.integer('samples', 1, 2 ** 16),
      rateQ16: evaluation.integer('rateQ16', 1, MAX_RATE_Q16),
    })),
  }))
}

function readBlob(fields: JsonFields) {
  return { digest: fields.hex('digest', 32), size: fields.integer('size', 1, MAX_BLOB) }
}

function readModel(fields: JsonFields) {
  return {
    architecture: fields.choice('architecture', ['llama']),
    vocabSize: fields.integer('vocabSize', 2, 2 ** 20),
    dModel: fields.integer('dModel', 1, 2 ** 16),
    layers: fields.integer('layers', 1, 1024),
    heads: fields.integer('heads', 1, 1024),
    keyValueHeads: fields.integer('keyValueHeads', 1, 1024),
    headSize: fields.integer('headSize', 2, 2 ** 12),
    ffn: fields.integer('ffn', 1, 2 ** 20),
    context: fields.integer('context', 1, 2 ** 20),
    ropeBase: fields.number('ropeBase', 1, 1e9),
    ropeScaling: fields.objectOrNull('ropeScaling', readRopeScaling),
    normEpsilon: fields.number('normEpsilon', 1e-12, 1),
    tiedEmbeddings: fields.choice('tiedEmbeddings', [true, false]),
  }
}

function readRopeScaling(fields: JsonFields) {
  const kind = fields.choice('kind', ['linear', 'llama3'])
  const factor = fields.number('factor', 1, 1e6)
  if (kind === 'linear') return { kind, factor }
  return {
    kind,
    factor,
    lowFrequencyFactor: fields.number('lowFrequencyFactor', 1e-3, 1e6),
    highFrequencyFactor: fields.number('highFrequencyFactor', 1e-3, 1e6),
    originalContext: fields.integer('originalContext', 1, 2 ** 20),
  }
}

function readTokenizer(fields: JsonFields) {
  const kind = fields.choice('kind', ['bytes', 'huggingface'])
  return kind === 'bytes' ? { kind } : { kind, ...readBlob(fields) }
}

function readTensor(fields: JsonFields) {
  const name = fields.text('name', 200, /^[A-Za-z0-9_.]+$/)
  return { name, shape: fields.integers('shape', MAX_RANK, 1, MAX_PARAMETERS) }
}

function readTraining(fields: JsonFields) {
  return {
    steps: fields.integer('steps', 1, 2 ** 16),
    batch: fields.integer('batch', 1, 2 ** 16),
    microBatches: fields.integer('microBatches', 1, 2 ** 16),
    compute: fields.choice('compute', ['float32', 'float16']),
    learningRate: fields.object('learningRate', readSchedule),
    feedbackDecay: fields.number('feedbackDecay', 0, 1),
    overlap: fields.choice('overlap', [true, false]),
    optimizer: fields.object('optimizer', (optimizer) => ({
      beta1: optimizer.number('beta1', 0, 1),
      beta2: optimizer.number('beta2', 0, 1),
      epsilon: optimizer.number('epsilon', 0, 1),
      weightDecay: optimizer.number('weightDecay', 0, 10),
      clipNorm: optimizer.number('clipNorm', 0, 1e6),
    })),
  }
}

function readSchedule(fields: JsonFields) {
  return {
    kind: fields.choice('kind', ['flat', 'cosine']),
    peak: fields.number('peak', 0, 100),
    floor: fields.number('floor', 0, 100),
    warmupSteps: fields.integer('warmupSteps', 0, 2 ** 40),
    totalSteps: fields.integer('totalSteps', 0, 2 ** 40),
  }
}
