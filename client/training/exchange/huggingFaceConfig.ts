// config.json of Hugging Face's transformers to a ModelConfig and back. A model is taken only if it is truly the LLaMA
// architecture that we compute; what differs is refused by the name of its field, never ignored.

import type { Json, Refusal } from '@tessera/protocol/canonicalJson'
import { refuse } from '@tessera/protocol/canonicalJson'
import { isTesseraError } from '@tessera/protocol/errors'
import type { RopeScaling } from '@tessera/protocol/manifest'
import { checkModelConfig, headSize, keyValueHeads, type ModelConfig, tied } from '../model/config.ts'
import { HuggingFaceFields } from './huggingFaceFields.ts'
import type { JsonObject } from './strictJson.ts'

/** Unless the caller chooses: attention over more takes more memory than most nodes have. */
const DEFAULT_CONTEXT = 2048

/** Numbers of tokens with a meaning of their own, where the model says so. */
export interface SpecialTokens {
  readonly start?: number
  readonly end?: readonly number[]
  readonly padding?: number
}

export interface ReadConfig {
  readonly config: ModelConfig
  readonly longestContext: number
  readonly specialTokens: SpecialTokens
  readonly warnings: readonly string[]
}

const UNSUPPORTED: Refusal = {
  code: 'huggingface/unsupported',
  hint: 'Choose a model of the LLaMA architecture (LlamaForCausalLM) that has no such part.',
}

/** What transformers' classes take for fields that are absent, where that differs between them. */
const ARCHITECTURES = {
  llama: { name: 'LlamaForCausalLM', keyValueHeads: undefined, slidingWindow: null, positions: 2048 },
  // The same computation as LLaMA's, except that its attention may be cut to a window.
  mistral: { name: 'MistralForCausalLM', keyValueHeads: 8, slidingWindow: 4096, positions: 131_072 },
} as const

/**
 * The configuration that `document`, a config.json, describes, for samples of `context` tokens.
 * Throws `huggingface/bad-config` for a field that is missing or malformed and `huggingface/unsupported` for one by which the model
 * is of another architecture or beyond our limits.
 */
export function readHuggingFaceConfig(document: JsonObject, options: { readonly context?: number } = {}): ReadConfig {
  const fields = new HuggingFaceFields(document)
  const architecture = architectureOf(fields)
  requireSameComputation(fields)
  const longestContext = fields.whole('max_position_embeddings', architecture.positions)
  const context = options.context ?? Math.min(longestContext, DEFAULT_CONTEXT)
  const warnings = [
    ...(context > longestContext
      ? [`the context of ${context} tokens is longer than the ${longestContext} the model was made for`]
      : []),
    ...windowWarnings(fields, architecture.slidingWindow, context),
  ]
  const heads = fields.whole('num_attention_heads')
  const ropeScaling = ropeScalingOf(fields, longestContext)
  const headDim = fields.optionalWhole('head_dim')
  const config = checked({
    vocabSize: fields.whole('vocab_size'),
    dModel: fields.whole('hidden_size'),
    layers: fields.whole('num_hidden_layers'),
    heads,
    keyValueHeads: fields.whole('num_key_value_heads', architecture.keyValueHeads ?? heads),
    ...(headDim === undefined ? {} : { headSize: headDim }),
    ffn: fields.whole('intermediate_size'),
    context,
    ropeBase: ropeBaseOf(fields),
    ...(ropeScaling === undefined ? {} : { ropeScaling }),
    normEpsilon: fields.real('rms_norm_eps', 1e-6),
    tiedEmbeddings: fields.flag('tie_word_embeddings', false),
  })
  return { config, longestContext, specialTokens: specialTokensOf(fields), warnings }
}

/** What of a config.json is not in the ModelConfig. */
export interface WrittenFacts {
  readonly longestContext: number
  readonly specialTokens: SpecialTokens
  /** As PyTorch calls it. */
  readonly dtype: 'float32' | 'bfloat16' | 'float16'
  /** Weights of `onnx/model.onnx` are in a file beside it. */
  readonly externalOnnx?: boolean
}

/** config.json for `config`, in the words of transformers 4 and 5. */
export function writeHuggingFaceConfig(config: ModelConfig, facts: WrittenFacts): Readonly<Record<string, Json>> {
  const { specialTokens } = facts
  const scaling = writtenScaling(config.ropeScaling)
  // LlamaConfig refuses a width that the heads do not divide, even where the size of a head is given; MistralConfig does not.
  const type = config.dModel % config.heads === 0 ? 'llama' : 'mistral'
  const ofType = type === 'llama' ? { attention_bias: false, mlp_bias: false } : { sliding_window: null }
  return {
    architectures: [ARCHITECTURES[type].name],
    model_type: type,
    vocab_size: config.vocabSize,
    hidden_size: config.dModel,
    intermediate_size: config.ffn,
    num_hidden_layers: config.layers,
    num_attention_heads: config.heads,
    num_key_value_heads: keyValueHeads(config),
    head_dim: headSize(config),
    hidden_act: 'silu',
    max_position_embeddings: facts.longestContext,
    rms_norm_eps: config.normEpsilon,
    tie_word_embeddings: tied(config),
    attention_dropout: 0,
    ...ofType,
    // Both spellings: the first two are version 4's, the third is version 5's.
    rope_theta: config.ropeBase,
    rope_scaling: scaling,
    rope_parameters: { rope_type: 'default', ...scaling, rope_theta: config.ropeBase },
    // Absent they would be 1 and 2, which mean nothing to most vocabularies.
    ...writtenTokens(specialTokens),
    initializer_range: 0.02,
    use_cache: true,
    torch_dtype: facts.dtype,
    ...(facts.externalOnnx === true ? { 'transformers.js_config': { use_external_data_format: true } } : {}),
  }
}

/** Fields for config.json and generation_config.json. */
export function writtenTokens(tokens: SpecialTokens): Readonly<Record<string, Json>> {
  const [end, ...others] = tokens.end ?? []
  return {
    bos_token_id: tokens.start ?? null,
    eos_token_id: end === undefined ? null : others.length === 0 ? end : [end, ...others],
    pad_token_id: tokens.padding ?? null,
  }
}

function architectureOf(fields: HuggingFaceFields): (typeof ARCHITECTURES)[keyof typeof ARCHITECTURES] {
  const type = fields.value('model_type')
  if (type !== 'llama' && type !== 'mistral')
    throw refuse(UNSUPPORTED, 'model_type', `is ${JSON.stringify(type)}, neither llama nor mistral`)
  const architecture = ARCHITECTURES[type]
  const names = fields.value('architectures') ?? [architecture.name]
  if (!Array.isArray(names) || names.length !== 1 || names[0] !== architecture.name)
    throw refuse(UNSUPPORTED, 'architectures', `is ${JSON.stringify(names)}, not ${architecture.name} alone`)
  return architecture
}

/** Throws `huggingface/unsupported` for a part that our model does not have. */
function requireSameComputation(fields: HuggingFaceFields): void {
  const allowed: Readonly<Record<string, readonly unknown[]>> = {
    attention_bias: [false],
    mlp_bias: [false],
    hidden_act: ['silu', 'swish'],
    partial_rotary_factor: [1],
    rope_interleaved: [false],
    quantization_config: [],
    is_encoder_decoder: [false],
    add_cross_attention: [false],
    use_qk_norm: [false],
  }
  for (const [name, values] of Object.entries(allowed)) {
    const value = fields.value(name)
    if (value !== undefined && !values.includes(value))
      throw refuse(UNSUPPORTED, name, `is ${JSON.stringify(value)}, which our model does not compute`)
  }
  const kinds = fields.value('layer_types')
  if (kinds !== undefined && !(Array.isArray(kinds) && kinds.every((kind) => kind === 'full_attention')))
    throw refuse(UNSUPPORTED, 'layer_types', 'has layers without full attention')
}

/** Attention cut to a window is the same as ours as long as samples are no longer than the window. */
function windowWarnings(fields: HuggingFaceFields, absent: number | null, context: number): string[] {
  const value = fields.has('sliding_window') ? fields.value('sliding_window') : (absent ?? undefined)
  if (value === undefined) return []
  if (typeof value !== 'number' || value < context)
    throw refuse(UNSUPPORTED, 'sliding_window', `is ${JSON.stringify(value)}, shorter than the context of ${context}`)
  return [`the model attends to the last ${value} tokens; a run trains on ${context}, where this makes no difference`]
}

/** The objects that version 4 (`rope_scaling`) and version 5 (`rope_parameters`) say the rotation in; either may be absent. */
function rotations(fields: HuggingFaceFields): HuggingFaceFields[] {
  return ['rope_scaling', 'rope_parameters'].flatMap((name) => {
    const inner = fields.object(name)
    return inner === undefined ? [] : [inner]
  })
}

function ropeBaseOf(fields: HuggingFaceFields): number {
  const stated = [fields, ...rotations(fields)].flatMap((place) =>
    place.has('rope_theta') ? [place.real('rope_theta')] : [],
  )
  if (new Set(stated).size > 1) throw refuse(UNSUPPORTED, 'rope_theta', `is said twice: ${stated.join(' and ')}`)
  return stated[0] ?? 10_000
}

function ropeScalingOf(fields: HuggingFaceFields, longestContext: number): RopeScaling | undefined {
  const stated = rotations(fields).map((rotation) => scalingOf(rotation, longestContext))
  const [first, second] = stated.map((scaling) => JSON.stringify(scaling ?? null))
  if (second !== undefined && first !== second)
    throw refuse(UNSUPPORTED, 'rope_scaling', 'and rope_parameters say different things')
  return stated[0]
}

function scalingOf(rotation: HuggingFaceFields, longestContext: number): RopeScaling | undefined {
  const kind = rotation.value('rope_type') ?? rotation.value('type') ?? 'default'
  const partial = rotation.value('partial_rotary_factor')
  if (partial !== undefined && partial !== 1)
    throw refuse(UNSUPPORTED, rotation.nameOf('partial_rotary_factor'), `is ${JSON.stringify(partial)}, not 1`)
  if (kind === 'default') return undefined
  if (kind === 'linear') return { kind, factor: rotation.real('factor') }
  if (kind !== 'llama3')
    throw refuse(UNSUPPORTED, rotation.nameOf('rope_type'), `is ${JSON.stringify(kind)}; linear and llama3 are known`)
  return {
    kind,
    factor: rotation.real('factor'),
    lowFrequencyFactor: rotation.real('low_freq_factor'),
    highFrequencyFactor: rotation.real('high_freq_factor'),
    originalContext: rotation.whole('original_max_position_embeddings', longestContext),
  }
}

function writtenScaling(scaling: RopeScaling | undefined): Readonly<Record<string, Json>> | null {
  if (scaling === undefined) return null
  if (scaling.kind === 'linear') return { rope_type: 'linear', factor: scaling.factor }
  return {
    rope_type: 'llama3',
    factor: scaling.factor,
    low_freq_factor: scaling.lowFrequencyFactor,
    high_freq_factor: scaling.highFrequencyFactor,
    original_max_position_embeddings: scaling.originalContext,
  }
}

function specialTokensOf(fields: HuggingFaceFields): SpecialTokens {
  const start = fields.token('bos_token_id')
  const end = fields.tokens('eos_token_id')
  const padding = fields.token('pad_token_id')
  return {
    ...(start === undefined ? {} : { start }),
    ...(end.length === 0 ? {} : { end }),
    ...(padding === undefined ? {} : { padding }),
  }
}

/** Our own check, in the words of an import. */
function checked(config: ModelConfig): ModelConfig {
  try {
    return checkModelConfig(config)
  } catch (error) {
    if (!isTesseraError(error)) throw error
    throw refuse(UNSUPPORTED, 'config.json', `describes a model that cannot be trained: ${error.message}`, error)
  }
}
