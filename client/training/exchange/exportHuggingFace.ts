// A checkpoint as a folder that Hugging Face's transformers, vLLM, llama.cpp's converter and others read: config.json, safetensors,
// tokenizer, model card. The folder appears whole or not at all.

import { decodeJson, type Json, type Refusal, refuse } from '@tessera/protocol/canonicalJson'
import { TesseraError } from '@tessera/protocol/errors'
import { bytesOf } from '../graph/dtype.ts'
import { elementCount } from '../graph/shape.ts'
import { checkModelConfig, type ModelConfig } from '../model/config.ts'
import { type ParameterSpec, parameterCount, parameterSpecs } from '../model/parameterSpecs.ts'
import { toFloat } from '../parameters.ts'
import { byteTokenizerFile } from './byteTokenizerFile.ts'
import { WEIGHTS_INDEX } from './checkpointFolder.ts'
import { type FileToWrite, writeFolder } from './exportFolder.ts'
import { indexOfNotFinite } from './finite.ts'
import { toBfloat16, toFloat16 } from './halfFloats.ts'
import { type SpecialTokens, writeHuggingFaceConfig, writtenTokens } from './huggingFaceConfig.ts'
import { type ModelCard, modelCardText } from './modelCard.ts'
import type { TensorToWrite } from './safetensorsHeader.ts'
import { planShards, type ShardPlan, safetensorsBytes, shardIndex } from './safetensorsWriter.ts'
import { isJsonObject, type JsonObject } from './strictJson.ts'

export type ExportDtype = 'float32' | 'bfloat16' | 'float16'

export interface ExportOptions {
  /** Made by the export. */
  readonly folder: string
  readonly config: ModelConfig
  /** In the order of `parameterSpecs(config)`: the shared state if int32, parameters if float32. */
  readonly weights: Int32Array | Float32Array
  /** Default float32, which keeps what programs see of the state exactly (`toFloat`); the others round to nearest even. */
  readonly dtype?: ExportDtype
  readonly tokenizer: ExportTokenizer
  /** An ONNX export with its weights in a file beside it goes into the folder `onnx`: transformers.js has to be told. Default false. */
  readonly externalOnnx?: boolean
  /** Written as `max_position_embeddings`. Default: the context. */
  readonly longestContext?: number
  readonly specialTokens?: SpecialTokens
  readonly card: ModelCard
  /** A file of weights is cut before its tensors take more than this. Default 5 GB, as Hugging Face does. */
  readonly shardBytes?: number
  /** Replace an earlier export in `folder`. A folder that holds anything else is never touched. Default false. */
  readonly overwrite?: boolean
  readonly onProgress?: (progress: ExportProgress) => void
  readonly signal?: AbortSignal
}

/** `bytes`: a tokenizer.json is written that maps the bytes of UTF-8 to tokens 0 to 255. */
export type ExportTokenizer =
  | { readonly kind: 'bytes' }
  /** `config` is a tokenizer_config.json; without one a plain one is written. */
  | { readonly kind: 'huggingface'; readonly file: Uint8Array; readonly config?: Uint8Array }

export interface ExportProgress {
  readonly bytesDone: number
  readonly bytes: number
}

export interface ExportedModel {
  readonly folder: string
  readonly files: readonly { readonly name: string; readonly bytes: number }[]
}

const DTYPES = { float32: 'F32', bfloat16: 'BF16', float16: 'F16' } as const
const SHARD_BYTES = 5e9
const BYTE_TOKENS = 256
const MAX_TOKENIZER_BYTES = 64 * 1024 * 1024
/** Parameters converted at a time. */
const PIECE = 1 << 20
/** What an export may have written, and so may replace; an ONNX export may have been put below it. */
const OURS = [
  /^README\.md$/,
  /^(?:generation_|tokenizer_)?config\.json$/,
  /^tokenizer\.json$/,
  /^model(?:-\d{5}-of-\d{5})?\.safetensors(?:\.index\.json)?$/,
  /^onnx(?:\/model\.onnx(?:_data)?)?$/,
]

const BAD_EXPORT: Refusal = {
  code: 'huggingface/bad-export',
  hint: 'Give the tokenizer of the run and weights of its model.',
}

/**
 * Writes the model. Throws `huggingface/bad-export` for arguments that do not belong together, `huggingface/exists`,
 * `huggingface/unwritable`, `training/bad-config`, and the signal's reason.
 */
export async function exportHuggingFace(options: ExportOptions): Promise<ExportedModel> {
  const { dtype = 'float32', shardBytes = SHARD_BYTES, weights, onProgress, signal } = options
  const config = checkModelConfig(options.config)
  const specs = parameterSpecs(config)
  if (weights.length !== parameterCount(specs))
    throw refuse(BAD_EXPORT, 'weights', `are ${weights.length}, the model has ${parameterCount(specs)}`)
  if (!(shardBytes >= 1)) throw refuse(BAD_EXPORT, 'shardBytes', `is ${shardBytes}`)
  const tensors = specs.map((spec): TensorToWrite => ({ ...spec, dtype: DTYPES[dtype] }))
  const plan = planShards(tensors, shardBytes)
  const documents = documentsOf(options, config, dtype, plan).map(([name, text]) => {
    const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text
    return { name, bytes: bytes.length, pieces: [bytes] }
  })
  const places = placesOf(specs)
  const weightFiles = plan.files.map(({ name, tensors: own, bytes }) => ({
    name,
    bytes,
    pieces: safetensorsBytes(own, (tensor) => dataOf(weights, places.get(tensor.name), dtype)),
  }))
  const files: readonly (FileToWrite & { readonly bytes: number })[] = [...documents, ...weightFiles]
  const bytes = files.reduce((total, file) => total + file.bytes, 0)
  await writeFolder(options.folder, files, {
    ...(options.overwrite ? { replace: (path: string) => OURS.some((pattern) => pattern.test(path)) } : {}),
    onBytes: (bytesDone) => onProgress?.({ bytesDone, bytes }),
    ...(signal === undefined ? {} : { signal }),
  })
  return { folder: options.folder, files: files.map((file) => ({ name: file.name, bytes: file.bytes })) }
}

/** Every file besides the weights: name and content. */
function documentsOf(
  options: ExportOptions,
  config: ModelConfig,
  dtype: ExportDtype,
  plan: ShardPlan,
): (readonly [string, string | Uint8Array])[] {
  const { longestContext = config.context, specialTokens = {}, tokenizer, externalOnnx = false } = options
  const parameters = options.weights.length
  return [
    ['README.md', modelCardText(options.card, { parameters, context: config.context, dtype })],
    ['config.json', configText(writeHuggingFaceConfig(config, { longestContext, specialTokens, dtype, externalOnnx }))],
    ['generation_config.json', jsonText({ _from_model_config: true, ...writtenTokens(specialTokens) })],
    ...tokenizerFiles(tokenizer, config, longestContext, specialTokens),
    ...(plan.files.length > 1 ? [[WEIGHTS_INDEX, shardIndex(plan)] as const] : []),
  ]
}

function tokenizerFiles(
  tokenizer: ExportTokenizer,
  config: ModelConfig,
  longestContext: number,
  specialTokens: SpecialTokens,
): (readonly [string, string | Uint8Array])[] {
  if (tokenizer.kind === 'bytes' && config.vocabSize < BYTE_TOKENS)
    throw refuse(BAD_EXPORT, 'tokenizer', `has ${BYTE_TOKENS} tokens, the model ${config.vocabSize}`)
  const file = tokenizer.kind === 'bytes' ? byteTokenizerFile() : tokenizer.file
  // Both go out as they came; only what is no JSON at all is refused.
  const document = typeof file === 'string' ? {} : decodeJson(file, MAX_TOKENIZER_BYTES, BAD_EXPORT)
  if (!isJsonObject(document)) throw refuse(BAD_EXPORT, 'tokenizer.json', 'is not an object')
  if (tokenizer.kind === 'huggingface' && tokenizer.config !== undefined) {
    decodeJson(tokenizer.config, MAX_TOKENIZER_BYTES, BAD_EXPORT)
    return [
      ['tokenizer.json', file],
      ['tokenizer_config.json', tokenizer.config],
    ]
  }
  const plain = {
    tokenizer_class: 'PreTrainedTokenizerFast',
    model_max_length: longestContext,
    clean_up_tokenization_spaces: false,
    ...namedTokens(document, specialTokens),
  }
  return [
    ['tokenizer.json', file],
    ['tokenizer_config.json', jsonText(plain)],
  ]
}

function jsonText(value: Readonly<Record<string, Json>>): string {
  return `${JSON.stringify(value, undefined, 2)}\n`
}

/** Fields of config.json that transformers wants to see as floats: `8.0`, where JSON.stringify writes `8`. */
const FLOATS =
  /("(?:rope_theta|factor|low_freq_factor|high_freq_factor|rms_norm_eps|attention_dropout)": \d+)(?=[,\n])/g

function configText(config: Readonly<Record<string, Json>>): string {
  return jsonText(config).replaceAll(FLOATS, '$1.0')
}

/** The special tokens by their text, which is how tokenizer_config.json names them. */
function namedTokens(document: JsonObject, tokens: SpecialTokens): Readonly<Record<string, string>> {
  const list: unknown[] = Array.isArray(document.added_tokens) ? document.added_tokens : []
  const textOf = (id: number | undefined): string | undefined => {
    const entry = list.find((item) => id !== undefined && (item as { id?: unknown } | null)?.id === id)
    const { content } = (entry ?? {}) as { readonly content?: unknown }
    return typeof content === 'string' ? content : undefined
  }
  const named = {
    bos_token: textOf(tokens.start),
    eos_token: textOf(tokens.end?.[0]),
    pad_token: textOf(tokens.padding),
  }
  return Object.fromEntries(Object.entries(named).filter((entry): entry is [string, string] => entry[1] !== undefined))
}

interface Place {
  readonly start: number
  readonly end: number
}

/** Where each tensor lies in the weights. */
function placesOf(specs: readonly ParameterSpec[]): ReadonlyMap<string, Place> {
  const places = new Map<string, Place>()
  let end = 0
  for (const { name, shape } of specs) {
    const start = end
    end += elementCount(shape)
    places.set(name, { start, end })
  }
  return places
}

/** The bytes of the weights at `place`, a piece at a time. */
function* dataOf(
  weights: Int32Array | Float32Array,
  place: Place | undefined,
  dtype: ExportDtype,
): Generator<Uint8Array> {
  if (place === undefined) return
  for (let from = place.start; from < place.end; from += PIECE) {
    const part = weights.subarray(from, Math.min(from + PIECE, place.end))
    const values = part instanceof Int32Array ? toFloat(part) : part
    const odd = part instanceof Int32Array ? -1 : indexOfNotFinite(values)
    if (odd >= 0)
      throw new TesseraError('huggingface/bad-export', `the weights hold ${values[odd]} at ${from + odd}`, {
        context: { index: from + odd },
        hint: 'The training diverged; export an earlier checkpoint.',
      })
    yield encoded(values, dtype)
  }
}

function encoded(values: Float32Array, dtype: ExportDtype): Uint8Array {
  if (dtype === 'float32') return bytesOf(values)
  const halves = dtype === 'bfloat16' ? toBfloat16(values) : toFloat16(values)
  return new Uint8Array(halves.buffer)
}
