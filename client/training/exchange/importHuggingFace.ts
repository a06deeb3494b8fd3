// A model of Hugging Face's as the start of a run: a folder with config.json, safetensors and perhaps a tokenizer becomes a
// configuration and a shared state. Weights are read tensor by tensor, so that memory holds the state and one piece besides.

import { join } from 'node:path'
import { TesseraError } from '@tessera/protocol/errors'
import { elementCount, sameShape } from '../graph/shape.ts'
import { type ModelConfig, requireTrainable, tied } from '../model/config.ts'
import { EMBEDDING, HEAD, type ParameterSpec, parameterCount, parameterSpecs } from '../model/parameterSpecs.ts'
import { quantizeQ24 } from '../parameters.ts'
import { CheckpointFolder, readSmallFile } from './checkpointFolder.ts'
import { indexOfNotFinite } from './finite.ts'
import { readHuggingFaceConfig, type SpecialTokens } from './huggingFaceConfig.ts'
import { BAD_CONFIG } from './huggingFaceFields.ts'
import { type ImportAccuracy, Q24Accuracy } from './q24Accuracy.ts'
import { isFloatTensor } from './safetensorsFile.ts'
import { parseJsonObject } from './strictJson.ts'

export interface ImportOptions {
  /** Tokens the run will train on at once. Default: what the model was made for, at most 2048. */
  readonly context?: number
  /** Share of the entries that may lie beyond the state's range of +-128 and be moved to its end. Default 0. */
  readonly saturatedAtMost?: number
  readonly onProgress?: (progress: ImportProgress) => void
  readonly signal?: AbortSignal
}

export interface ImportProgress {
  readonly parametersDone: number
  readonly parameters: number
}

export interface ImportedModel {
  readonly config: ModelConfig
  /** The shared state: int32 in units of 2^-24, in the order of `parameterSpecs(config)`. */
  readonly state: Int32Array
  readonly accuracy: ImportAccuracy
  /** Bytes of tokenizer.json, if the folder has one. */
  readonly tokenizer?: Uint8Array
  /** Bytes of tokenizer_config.json, if the folder has one. */
  readonly tokenizerConfig?: Uint8Array
  /** Tokens the model was made for (`max_position_embeddings`); may be more than the context. */
  readonly longestContext: number
  readonly specialTokens: SpecialTokens
  /** What a person should know, a sentence each. */
  readonly warnings: readonly string[]
}

const MAX_CONFIG_BYTES = 1024 * 1024
const MAX_TOKENIZER_BYTES = 64 * 1024 * 1024
/** Elements read at a time: 4 MB as float32. */
const PIECE = 1 << 20
/** Tables that old checkpoints carry along though the configuration says them. */
const DERIVED = /(?:^|\.)rotary_emb\.inv_freq$/

/**
 * The model in `folder`. F64 weights are rounded to float32 on the way. Throws `huggingface/bad-config`, `huggingface/unsupported`,
 * `huggingface/bad-weights` when the tensors are not those of the configuration, `huggingface/out-of-range` when more entries than
 * allowed do not fit the state, `training/bad-config` when the state cannot hold the model, and what `CheckpointFolder` throws.
 */
export async function importHuggingFace(folder: string, options: ImportOptions = {}): Promise<ImportedModel> {
  const { signal } = options
  signal?.throwIfAborted()
  const document = await readSmallFile(join(folder, 'config.json'), MAX_CONFIG_BYTES)
  if (document === undefined)
    throw new TesseraError('huggingface/bad-config', `${folder} has no config.json`, { hint: BAD_CONFIG.hint })
  const read = readHuggingFaceConfig(parseJsonObject(document, MAX_CONFIG_BYTES, BAD_CONFIG), options)
  requireTrainable(read.config)
  const tokenizer = await readSmallFile(join(folder, 'tokenizer.json'), MAX_TOKENIZER_BYTES)
  const tokenizerConfig = await readSmallFile(join(folder, 'tokenizer_config.json'), MAX_CONFIG_BYTES)
  const checkpoint = await CheckpointFolder.open(folder, signal)
  try {
    const specs = parameterSpecs(read.config)
    const warnings = [...read.warnings, ...(await checkTensors(checkpoint, read.config, specs, signal))]
    if (tokenizer === undefined) warnings.push('the folder has no tokenizer.json')
    const { state, accuracy } = await readState(checkpoint, specs, options)
    if (accuracy.saturated > 0)
      warnings.push(`${accuracy.saturated} weights lie beyond +-128 and were moved to the end of the state's range`)
    return {
      config: read.config,
      state,
      accuracy,
      ...(tokenizer === undefined ? {} : { tokenizer }),
      ...(tokenizerConfig === undefined ? {} : { tokenizerConfig }),
      longestContext: read.longestContext,
      specialTokens: read.specialTokens,
      warnings,
    }
  } finally {
    await checkpoint.close()
  }
}

/** Throws `huggingface/bad-weights` unless the tensors are those of `specs`, of their shapes. Returns warnings. */
async function checkTensors(
  checkpoint: CheckpointFolder,
  config: ModelConfig,
  specs: readonly ParameterSpec[],
  signal: AbortSignal | undefined,
): Promise<string[]> {
  for (const { name, shape } of specs) {
    const span = checkpoint.tensors.get(name)
    if (span === undefined) throw badWeights(`the tensor ${name} is missing`, { name })
    if (!sameShape(span.shape, shape))
      throw badWeights(`${name} is ${span.shape.join('x')}, not ${shape.join('x')}`, { name })
    if (!isFloatTensor(span.dtype)) throw badWeights(`${name} holds ${span.dtype}, which is no float`, { name })
  }
  const wanted = new Set(specs.map((spec) => spec.name))
  const others = [...checkpoint.tensors.keys()].filter((name) => !wanted.has(name) && !DERIVED.test(name))
  const head = tied(config) && others.includes(HEAD)
  const strange = others.filter((name) => !(head && name === HEAD))
  if (strange.length > 0)
    throw badWeights(
      `the model has no tensor ${strange[0]}${strange.length > 1 ? ` and ${strange.length - 1} more` : ''}`,
      {
        names: strange.slice(0, 10),
      },
    )
  if (!head) return []
  await requireSameTable(checkpoint, signal)
  return [`${HEAD} is there though the configuration ties it to the embedding; they are equal`]
}

/** A head beside a configuration that has none must be the embedding, or one of the two is wrong. */
async function requireSameTable(checkpoint: CheckpointFolder, signal: AbortSignal | undefined): Promise<void> {
  const [table, head] = [checkpoint.tensors.get(EMBEDDING), checkpoint.tensors.get(HEAD)]
  let same = table !== undefined && head !== undefined && sameShape(table.shape, head.shape)
  const elements = table?.elements ?? 0
  for (let from = 0; same && from < elements; from += PIECE) {
    const count = Math.min(PIECE, elements - from)
    const left = await checkpoint.read(EMBEDDING, from, count, signal)
    const right = await checkpoint.read(HEAD, from, count, signal)
    same = left.every((value, index) => value === right[index])
  }
  if (!same) throw badWeights(`the configuration ties ${HEAD} to the embedding, but they differ`, { name: HEAD })
}

async function readState(
  checkpoint: CheckpointFolder,
  specs: readonly ParameterSpec[],
  { saturatedAtMost = 0, onProgress, signal }: ImportOptions,
): Promise<{ readonly state: Int32Array; readonly accuracy: ImportAccuracy }> {
  const parameters = parameterCount(specs)
  const state = new Int32Array(parameters)
  const accuracy = new Q24Accuracy()
  let done = 0
  for (const { name, shape } of specs) {
    const elements = elementCount(shape)
    for (let from = 0; from < elements; from += PIECE) {
      const values = await checkpoint.read(name, from, Math.min(PIECE, elements - from), signal)
      const odd = indexOfNotFinite(values)
      if (odd >= 0) throw badWeights(`${name} holds ${values[odd]} at ${from + odd}`, { name, index: from + odd })
      const entries = quantizeQ24(values)
      accuracy.add(values, entries)
      state.set(entries, done)
      done += values.length
      onProgress?.({ parametersDone: done, parameters })
    }
  }
  const result = accuracy.result()
  if (result.saturated > saturatedAtMost * parameters)
    throw new TesseraError(
      'huggingface/out-of-range',
      `${result.saturated} of ${parameters} weights lie beyond +-128`,
      {
        context: { ...result, parameters, saturatedAtMost },
        hint: "The shared state cannot hold them. Allow a share with `saturatedAtMost`, and measure the model's loss afterwards.",
      },
    )
  return { state, accuracy: result }
}

function badWeights(message: string, context: Readonly<Record<string, unknown>>): TesseraError {
  return new TesseraError('huggingface/bad-weights', message, {
    context,
    hint: 'The weights and config.json belong to different models, or the download is damaged.',
  })
}
