// config.json as its publishers write it, and what is refused of it.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isTesseraError } from '@tessera/protocol/errors'
import fc from 'fast-check'
import { checkModelConfig, type ModelConfig } from '../model/config.ts'
import { readHuggingFaceConfig, writeHuggingFaceConfig } from './huggingFaceConfig.ts'
import { parseJsonObject } from './strictJson.ts'

/** Llama-3.2-1B's, as published (transformers 4.45). */
const LLAMA_3_2 = {
  architectures: ['LlamaForCausalLM'],
  attention_bias: false,
  attention_dropout: 0.0,
  bos_token_id: 128000,
  eos_token_id: [128001, 128008, 128009],
  head_dim: 64,
  hidden_act: 'silu',
  hidden_size: 2048,
  initializer_range: 0.02,
  intermediate_size: 8192,
  max_position_embeddings: 131072,
  mlp_bias: false,
  model_type: 'llama',
  num_attention_heads: 32,
  num_hidden_layers: 16,
  num_key_value_heads: 8,
  pretraining_tp: 1,
  rms_norm_eps: 1e-5,
  rope_scaling: {
    factor: 32.0,
    high_freq_factor: 4.0,
    low_freq_factor: 1.0,
    original_max_position_embeddings: 8192,
    rope_type: 'llama3',
  },
  rope_theta: 500000.0,
  tie_word_embeddings: true,
  torch_dtype: 'bfloat16',
  transformers_version: '4.45.0.dev0',
  use_cache: true,
  vocab_size: 128256,
}

/** Llama-2-7B's of 2023, from before grouped heads of other sizes were spelt out. */
const LLAMA_2 = {
  architectures: ['LlamaForCausalLM'],
  bos_token_id: 1,
  eos_token_id: 2,
  hidden_act: 'silu',
  hidden_size: 4096,
  initializer_range: 0.02,
  intermediate_size: 11008,
  max_position_embeddings: 4096,
  model_type: 'llama',
  num_attention_heads: 32,
  num_hidden_layers: 32,
  num_key_value_heads: 32,
  pretraining_tp: 1,
  rms_norm_eps: 1e-5,
  rope_scaling: null,
  tie_word_embeddings: false,
  torch_dtype: 'float16',
  transformers_version: '4.31.0.dev0',
  use_cache: true,
  vocab_size: 32000,
}

/** Mistral-7B-v0.3's: the computation of LLaMA. */
const MISTRAL = {
  architectures: ['MistralForCausalLM'],
  attention_dropout: 0.0,
  bos_token_id: 1,
  eos_token_id: 2,
  hidden_act: 'silu',
  hidden_size: 4096,
  intermediate_size: 14336,
  max_position_embeddings: 32768,
  model_type: 'mistral',
  num_attention_heads: 32,
  num_hidden_layers: 32,
  num_key_value_heads: 8,
  rms_norm_eps: 1e-5,
  rope_theta: 1000000.0,
  sliding_window: null,
  tie_word_embeddings: false,
  torch_dtype: 'bfloat16',
  vocab_size: 32768,
}

test('Llama 3.2 as published', () => {
  const { config, longestContext, specialTokens, warnings } = readHuggingFaceConfig(LLAMA_3_2, { context: 4096 })
  const expected: ModelConfig = {
    vocabSize: 128256,
    dModel: 2048,
    layers: 16,
    heads: 32,
    keyValueHeads: 8,
    headSize: 64,
    ffn: 8192,
    context: 4096,
    ropeBase: 500000,
    ropeScaling: {
      kind: 'llama3',
      factor: 32,
      lowFrequencyFactor: 1,
      highFrequencyFactor: 4,
      originalContext: 8192,
    },
    normEpsilon: 1e-5,
    tiedEmbeddings: true,
  }
  assert.deepEqual(config, expected)
  assert.equal(longestContext, 131072)
  assert.deepEqual(specialTokens, { start: 128000, end: [128001, 128008, 128009] })
  assert.deepEqual(warnings, [])
})

test('fields of old files that are absent have their old meaning', () => {
  const { config, warnings } = readHuggingFaceConfig(LLAMA_2)
  assert.deepEqual(
    [config.ropeBase, config.ropeScaling, config.headSize, config.context],
    [10_000, undefined, undefined, 2048],
  )
  assert.deepEqual(warnings, [])
  const { num_key_value_heads: _, rms_norm_eps: __, max_position_embeddings: ___, ...older } = LLAMA_2
  const oldest = readHuggingFaceConfig(older)
  assert.deepEqual([oldest.config.keyValueHeads, oldest.config.normEpsilon, oldest.longestContext], [32, 1e-6, 2048])
})

test('the rotation as transformers 5 writes it', () => {
  const { rope_scaling: scaling, rope_theta: base, ...rest } = LLAMA_3_2
  const { config } = readHuggingFaceConfig({ ...rest, rope_parameters: { ...scaling, rope_theta: base } })
  assert.deepEqual(config, readHuggingFaceConfig(LLAMA_3_2).config)
  const plain = { ...rest, rope_parameters: { rope_type: 'default', rope_theta: 1e6, partial_rotary_factor: 1 } }
  const { ropeBase, ropeScaling } = readHuggingFaceConfig(plain).config
  assert.deepEqual([ropeBase, ropeScaling], [1e6, undefined])
})

test('linear scaling, by its old name too', () => {
  for (const name of ['type', 'rope_type']) {
    const { config } = readHuggingFaceConfig({ ...LLAMA_2, rope_scaling: { [name]: 'linear', factor: 4 } })
    assert.deepEqual(config.ropeScaling, { kind: 'linear', factor: 4 })
  }
})

test('Mistral is LLaMA while its window is not shorter than the context', () => {
  const { config, warnings } = readHuggingFaceConfig(MISTRAL)
  assert.deepEqual([config.keyValueHeads, config.ropeBase, warnings], [8, 1e6, []])
  const windowed = { ...MISTRAL, sliding_window: 4096 }
  const read = readHuggingFaceConfig(windowed, { context: 4096 })
  assert.deepEqual(read.warnings, [
    'the model attends to the last 4096 tokens; a run trains on 4096, where this makes no difference',
  ])
  assert.throws(() => readHuggingFaceConfig(windowed, { context: 4097 }), { code: 'huggingface/unsupported' })
  // Absent it is 4096 for this class.
  const { sliding_window: _, ...silent } = MISTRAL
  assert.throws(() => readHuggingFaceConfig(silent, { context: 8192 }), { code: 'huggingface/unsupported' })
})

test('a longer context than the model was made for is told of', () => {
  const { warnings } = readHuggingFaceConfig(LLAMA_2, { context: 8192 })
  assert.deepEqual(warnings, ['the context of 8192 tokens is longer than the 4096 the model was made for'])
})

const unsupported: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  model_type: { model_type: 'qwen2' },
  architectures: { architectures: ['LlamaForSequenceClassification'] },
  'architectures of the other type': { architectures: ['MistralForCausalLM'] },
  attention_bias: { attention_bias: true },
  mlp_bias: { mlp_bias: true },
  hidden_act: { hidden_act: 'gelu' },
  sliding_window: { sliding_window: 1024 },
  partial_rotary_factor: { partial_rotary_factor: 0.5 },
  'rope_parameters.partial_rotary_factor': { rope_parameters: { rope_type: 'default', partial_rotary_factor: 0.5 } },
  'rope_scaling.rope_type': { rope_scaling: { rope_type: 'yarn', factor: 4 } },
  'rope_scaling.type': { rope_scaling: { type: 'dynamic', factor: 4 } },
  quantization_config: { quantization_config: { quant_method: 'gptq' } },
  layer_types: { layer_types: ['full_attention', 'sliding_attention'] },
  'rope_theta that is said twice': { rope_theta: 1e4, rope_parameters: { rope_type: 'default', rope_theta: 1e5 } },
  'rope_scaling that is said twice': {
    rope_scaling: { rope_type: 'linear', factor: 2 },
    rope_parameters: { rope_type: 'default' },
  },
  'a model beyond our limits': { hidden_size: 1 << 20 },
  'heads that do not share evenly': { num_key_value_heads: 5 },
}

for (const [what, fields] of Object.entries(unsupported))
  test(`another computation is refused: ${what}`, () => {
    assert.throws(() => readHuggingFaceConfig({ ...LLAMA_2, ...fields }), { code: 'huggingface/unsupported' })
  })

const malformed: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'vocab_size missing': { vocab_size: undefined },
  'vocab_size null': { vocab_size: null },
  'hidden_size text': { hidden_size: '4096' },
  'layers zero': { num_hidden_layers: 0 },
  'layers half': { num_hidden_layers: 1.5 },
  'epsilon negative': { rms_norm_eps: -1 },
  'base text': { rope_theta: '10000' },
  'scaling text': { rope_scaling: 'linear' },
  'scaling without factor': { rope_scaling: { rope_type: 'linear' } },
  'tie_word_embeddings text': { tie_word_embeddings: 'no' },
  'eos_token_id text': { eos_token_id: 'end' },
  'eos_token_id negative': { eos_token_id: [-2] },
  'bos_token_id list': { bos_token_id: [1, 2] },
}

for (const [what, fields] of Object.entries(malformed))
  test(`a malformed file is refused: ${what}`, () => {
    assert.throws(() => readHuggingFaceConfig({ ...LLAMA_2, ...fields }), { code: 'huggingface/bad-config' })
  })

test('whatever stands in a field, the file is read or refused', () => {
  const rope = ['rope_type', 'rope_theta', 'factor', 'low_freq_factor', 'high_freq_factor', 'partial_rotary_factor']
  const fields = fc.oneof(
    fc.record({
      name: fc.constantFrom(...Object.keys(LLAMA_3_2), 'sliding_window', 'layer_types'),
      value: fc.jsonValue(),
    }),
    fc.record({
      name: fc.constantFrom('rope_scaling', 'rope_parameters'),
      value: fc.dictionary(fc.constantFrom(...rope), fc.oneof(fc.jsonValue(), fc.constantFrom('linear', 'llama3', 2))),
    }),
  )
  fc.assert(
    fc.property(fc.array(fields, { minLength: 1, maxLength: 3 }), (changes) => {
      const document = { ...LLAMA_3_2, ...Object.fromEntries(changes.map(({ name, value }) => [name, value])) }
      try {
        const { config } = readHuggingFaceConfig(document)
        assert.deepEqual(checkModelConfig(config), config)
      } catch (error) {
        assert.ok(isTesseraError(error) && /^huggingface\/(?:bad-config|unsupported)$/.test(error.code), String(error))
      }
    }),
    { numRuns: 2000 },
  )
})

test('a name twice in the file is refused', () => {
  const text =
    '{"hidden_size": 1, "rope_scaling": {"factor": 1}, "x": [{"y": 1}, {"y": "\\"y\\": 2"}], "hidden_size": 2}'
  const refusal = { code: 'huggingface/bad-config', hint: 'none' }
  assert.throws(() => parseJsonObject(new TextEncoder().encode(text), 1000, refusal), {
    code: 'huggingface/bad-config',
  })
  const once = text.replace('"hidden_size": 2', '"hidden": 2')
  assert.equal(parseJsonObject(new TextEncoder().encode(once), 1000, refusal).hidden, 2)
})

test('every configuration comes back from its config.json', () => {
  const plain: ModelConfig = {
    vocabSize: 300,
    dModel: 64,
    layers: 2,
    heads: 4,
    keyValueHeads: 2,
    headSize: 16,
    ffn: 100,
    context: 128,
    ropeBase: 10_000,
    normEpsilon: 1e-5,
    tiedEmbeddings: false,
  }
  const variants: readonly ModelConfig[] = [
    plain,
    { ...plain, tiedEmbeddings: true, headSize: 24 },
    // A width that the heads do not divide.
    { ...plain, dModel: 66 },
    { ...plain, ropeScaling: { kind: 'linear', factor: 2 } },
    { ...plain, ropeScaling: readHuggingFaceConfig(LLAMA_3_2).config.ropeScaling! },
  ]
  const specialTokens = { start: 1, end: [2, 3], padding: 0 }
  for (const config of variants) {
    const written = writeHuggingFaceConfig(config, { longestContext: 256, specialTokens, dtype: 'float32' })
    const read = readHuggingFaceConfig(JSON.parse(JSON.stringify(written)), { context: 128 })
    assert.deepEqual(read.config, checkModelConfig(config))
    assert.deepEqual([read.longestContext, read.specialTokens, read.warnings], [256, specialTokens, []])
  }
  const facts = { longestContext: 256, specialTokens, dtype: 'float32', externalOnnx: true } as const
  assert.deepEqual(writeHuggingFaceConfig(plain, facts)['transformers.js_config'], { use_external_data_format: true })
})
