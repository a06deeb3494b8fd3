// Configuration, tensor list, initial parameters and the arithmetic beneath them.

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { bytesOf } from '../graph/dtype.ts'
import { splitTensors } from '../parameters.ts'
import { SMALL, TINY, TINY_FULL, TINY_GROUPED } from '../testing/tinyModel.ts'
import { checkModelConfig, type ModelConfig, requireTrainable } from './config.ts'
import { initialParameters } from './initialParameters.ts'
import { parameterCount, parameterSpecs } from './parameterSpecs.ts'
import { cosineAndSine, exp, ln } from './portableMath.ts'
import { rotaryFrequencies } from './ropeScaling.ts'

const LLAMA_3_70B: ModelConfig = {
  vocabSize: 128_256,
  dModel: 8192,
  layers: 80,
  heads: 64,
  keyValueHeads: 8,
  headSize: 128,
  ffn: 28_672,
  context: 131_072,
  ropeBase: 500_000,
  ropeScaling: { kind: 'llama3', factor: 8, lowFrequencyFactor: 1, highFrequencyFactor: 4, originalContext: 8192 },
  normEpsilon: 1e-5,
}

test('a good configuration passes and loses what does not belong', () => {
  assert.deepEqual(checkModelConfig({ ...TINY, author: 'nobody' }), TINY)
  const linear: ModelConfig = { ...TINY, ropeScaling: { kind: 'linear', factor: 2 } }
  for (const config of [TINY_GROUPED, TINY_FULL, LLAMA_3_70B, linear])
    assert.deepEqual(checkModelConfig(config), config)
})

test('a model that the shared state cannot hold can be described but not trained', () => {
  assert.throws(() => requireTrainable(LLAMA_3_70B), { code: 'training/bad-config' })
  assert.throws(() => initialParameters(LLAMA_3_70B, 1), { code: 'training/bad-config' })
  const tokens = 1000
  // Exactly as many as there are tensors for, at the largest vocabulary that fits and at the one after it.
  for (const config of [TINY, TINY_GROUPED, TINY_FULL]) {
    const width = (config.tiedEmbeddings ? 1 : 2) * config.dModel
    const rest = parameterCount(parameterSpecs({ ...config, vocabSize: tokens })) - tokens * width
    const most = Math.floor((2 ** 31 - 1 - rest) / width)
    requireTrainable({ ...config, vocabSize: most })
    assert.throws(() => requireTrainable({ ...config, vocabSize: most + 1 }), { code: 'training/bad-config' })
  }
})

test('a bad configuration is refused by name', () => {
  const wrong: readonly unknown[] = [
    undefined,
    'config',
    {},
    { ...TINY, vocabSize: 0 },
    { ...TINY, layers: 1.5 },
    { ...TINY, ffn: '6' },
    { ...TINY, context: 1e9 },
    { ...TINY, ropeBase: Number.NaN },
    { ...TINY, normEpsilon: 0 },
    { ...TINY, dModel: 6 },
    { ...TINY, keyValueHeads: 3 },
    { ...TINY, headSize: 3 },
    { ...TINY, headSize: 0 },
    { ...TINY, tiedEmbeddings: 1 },
    { ...TINY, context: 1 << 17, headSize: 1 << 12 },
    { ...TINY, ropeScaling: null },
    { ...TINY, ropeScaling: { kind: 'yarn', factor: 2 } },
    { ...TINY, ropeScaling: { kind: 'linear', factor: 0.5 } },
    { ...TINY, ropeScaling: { kind: 'linear', factor: 'two' } },
    { ...TINY, ropeScaling: { ...TINY_FULL.ropeScaling, highFrequencyFactor: 1 } },
    { ...TINY, ropeScaling: { ...TINY_FULL.ropeScaling, originalContext: 1.5 } },
  ]
  for (const value of wrong) assert.throws(() => checkModelConfig(value), { code: 'training/bad-config' })
})

test('the tensors are those of LLaMA in Hugging Face order, [out, in]', () => {
  const specs = parameterSpecs({ ...TINY_GROUPED, layers: 1 })
  assert.deepEqual(
    specs.map((spec) => `${spec.name} ${spec.shape.join('x')}`),
    [
      'model.embed_tokens.weight 7x8',
      'model.layers.0.input_layernorm.weight 8',
      'model.layers.0.self_attn.q_proj.weight 8x8',
      'model.layers.0.self_attn.k_proj.weight 4x8',
      'model.layers.0.self_attn.v_proj.weight 4x8',
      'model.layers.0.self_attn.o_proj.weight 8x8',
      'model.layers.0.post_attention_layernorm.weight 8',
      'model.layers.0.mlp.gate_proj.weight 6x8',
      'model.layers.0.mlp.up_proj.weight 6x8',
      'model.layers.0.mlp.down_proj.weight 8x6',
      'model.norm.weight 8',
      'lm_head.weight 7x8',
    ],
  )
  assert.equal(parameterCount(specs), 56 + 8 + 64 + 32 + 32 + 64 + 8 + 48 + 48 + 48 + 8 + 56)
})

test('a tied model has no head, and heads may be wider than their share', () => {
  const shapes = new Map(parameterSpecs(TINY_FULL).map((spec) => [spec.name, spec.shape.join('x')]))
  assert.equal(shapes.has('lm_head.weight'), false)
  assert.equal(shapes.get('model.layers.1.self_attn.q_proj.weight'), '12x8')
  assert.equal(shapes.get('model.layers.1.self_attn.k_proj.weight'), '6x8')
  assert.equal(shapes.get('model.layers.1.self_attn.o_proj.weight'), '8x12')
})

test('rotary frequencies are those of Hugging Face', () => {
  const near = (actual: readonly number[], expected: readonly number[]): void => {
    assert.equal(actual.length, expected.length)
    for (const [index, value] of expected.entries())
      assert.ok(Math.abs(actual[index]! - value) < 1e-6 * value, `pair ${index}: ${actual[index]}, not ${value}`)
  }
  near(rotaryFrequencies(8, 10_000), [1, 0.1, 0.01, 0.001])
  near(rotaryFrequencies(8, 10_000, { kind: 'linear', factor: 4 }), [0.25, 0.025, 0.0025, 0.00025])
  // Four that stay, one that is blended, three eighths; by the branches of _compute_llama3_parameters in double precision.
  near(
    rotaryFrequencies(16, 500_000, LLAMA_3_70B.ropeScaling),
    [1, 0.193922745, 0.0376060309, 0.00729266474, 0.000524846161, 3.4281022e-5, 6.64786987e-6, 1.28917317e-6],
  )
})

test('initial parameters are the same on every machine', () => {
  const digest = (seed: number): string =>
    createHash('sha256')
      .update(bytesOf(initialParameters(SMALL, seed)))
      .digest('hex')
  // Pinned: the genesis of every run depends on it.
  assert.equal(digest(1), 'eca22303f829473906119f512922487ce0f6869333e606cd6331c75bd3f89e3a')
  assert.notEqual(digest(2), digest(1))
  // Seeds beyond 32 bits are told apart.
  assert.notEqual(digest(1 + 2 ** 32), digest(1))
})

test('initial parameters have the spread of their kind', () => {
  const specs = parameterSpecs(SMALL)
  splitTensors(initialParameters(SMALL, 5), specs).forEach((tensor, index) => {
    const { name, shape } = specs[index]!
    if (shape.length === 1) {
      assert.ok(
        tensor.every((value) => value === 1),
        name,
      )
      return
    }
    const mean = tensor.reduce((sum, value) => sum + value, 0) / tensor.length
    const deviation = Math.sqrt(tensor.reduce((sum, value) => sum + (value - mean) ** 2, 0) / tensor.length)
    const expected = /o_proj|down_proj/.test(name) ? 0.02 / Math.sqrt(4) : 0.02
    // Four standard errors of a deviation, which is expected / sqrt(2 n).
    assert.ok(Math.abs(deviation - expected) < (4 * expected) / Math.sqrt(2 * tensor.length), `${name} ${deviation}`)
    assert.ok(Math.abs(mean) < (4 * expected) / Math.sqrt(tensor.length), `${name} ${mean}`)
  })
})

test('logarithm, exponential, sine and cosine agree with the engine', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 1e-6, max: 1e9, noNaN: true }),
      (x) => Math.abs(ln(x) - Math.log(x)) < 1e-13 * (1 + Math.abs(Math.log(x))),
    ),
  )
  fc.assert(
    fc.property(fc.double({ min: -30, max: 30, noNaN: true }), (x) => Math.abs(exp(x) / Math.exp(x) - 1) < 1e-13),
  )
  fc.assert(
    fc.property(fc.double({ min: -1e5, max: 1e5, noNaN: true }), (angle) => {
      const { cosine, sine } = cosineAndSine(angle)
      return Math.abs(cosine - Math.cos(angle)) < 1e-10 && Math.abs(sine - Math.sin(angle)) < 1e-10
    }),
  )
})
