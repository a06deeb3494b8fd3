// Models out of and into folders of Hugging Face's.

import assert from 'node:assert/strict'
import { mkdir, readdir, readFile, rm, stat, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { elementCount } from '../graph/shape.ts'
import type { ModelConfig } from '../model/config.ts'
import { parameterCount, parameterSpecs } from '../model/parameterSpecs.ts'
import { quantizeQ24, toFloat } from '../parameters.ts'
import { Random } from '../random.ts'
import { type ExportOptions, exportHuggingFace } from './exportHuggingFace.ts'
import { importHuggingFace } from './importHuggingFace.ts'
import { rawSafetensors, safetensors, temporaryFolder, writeFiles } from './temporaryFolder.fixture.ts'

const CONFIG: ModelConfig = {
  vocabSize: 256,
  dModel: 8,
  layers: 2,
  heads: 2,
  keyValueHeads: 1,
  headSize: 6,
  ffn: 10,
  context: 16,
  ropeBase: 10_000,
  normEpsilon: 1e-5,
  tiedEmbeddings: true,
}
const COUNT = parameterCount(parameterSpecs(CONFIG))
const card = { name: 'Small', license: 'apache-2.0' }

/** Entries of every size up to the ends of int32. */
function someState(count = COUNT): Int32Array {
  const random = new Random(3)
  return Int32Array.from({ length: count }, () => (random.uint32() | 0) >> random.below(32))
}

function options(folder: string, more: Partial<ExportOptions> = {}): ExportOptions {
  return {
    folder: join(folder, 'out'),
    config: CONFIG,
    weights: someState(),
    tokenizer: { kind: 'bytes' },
    card,
    ...more,
  }
}

test('what programs see of a state comes back bit for bit', async (context) => {
  const folder = await temporaryFolder(context)
  const state = someState()
  state.set([2 ** 31 - 1, -(2 ** 31), 2 ** 24, 2 ** 24 + 1, -1, 0])
  await exportHuggingFace(options(folder, { weights: state, longestContext: 64, specialTokens: { end: [0] } }))
  const imported = await importHuggingFace(join(folder, 'out'), { context: 16 })
  assert.deepEqual(imported.config, CONFIG)
  assert.deepEqual(toFloat(imported.state), toFloat(state))
  // Up to 24 bits, entries below 1, a float32 holds all of an entry.
  state.forEach((entry, index) => {
    if (Math.abs(entry) <= 2 ** 24) assert.equal(imported.state[index], entry)
  })
  assert.deepEqual(imported.accuracy, { saturated: 0, largestError: 0, relativeError: 0 })
  assert.deepEqual([imported.longestContext, imported.specialTokens], [64, { end: [0] }])
  assert.deepEqual(imported.warnings, [])
})

test('numbers that transformers wants as floats look like floats', async (context) => {
  const folder = await temporaryFolder(context)
  await exportHuggingFace(options(folder, { config: { ...CONFIG, ropeScaling: { kind: 'linear', factor: 2 } } }))
  const text = await readFile(join(folder, 'out/config.json'), 'utf8')
  assert.match(text, /"rope_theta": 10000\.0,/)
  assert.match(text, /"factor": 2\.0\n/)
  assert.match(text, /"rms_norm_eps": 0\.00001,/)
})

test('parameters may be given as floats', async (context) => {
  const folder = await temporaryFolder(context)
  await exportHuggingFace(options(folder, { weights: toFloat(someState()) }))
  const { state } = await importHuggingFace(join(folder, 'out'))
  assert.deepEqual(toFloat(state), toFloat(someState()))
})

test('half precision keeps what it can', async (context) => {
  const folder = await temporaryFolder(context)
  const weights = someState().map((entry) => entry >> 6)
  for (const [dtype, bits] of [
    ['bfloat16', 8],
    ['float16', 11],
  ] as const) {
    await exportHuggingFace(options(folder, { weights, dtype, overwrite: true }))
    const { state } = await importHuggingFace(join(folder, 'out'))
    state.forEach((entry, index) => {
      // Half a step of the type, or of the state (float16 has steps of 2^-24 below 2^-14).
      const allowed = Math.max(1, Math.abs(weights[index]!) * 2 ** -bits)
      assert.ok(Math.abs(entry - weights[index]!) <= allowed, `${dtype}: ${entry}, not ${weights[index]}`)
    })
    const { torch_dtype: named } = JSON.parse(await readFile(join(folder, 'out/config.json'), 'utf8'))
    assert.equal(named, dtype)
  }
})

test('a model is cut into files of a size', async (context) => {
  const folder = await temporaryFolder(context)
  const progress: number[] = []
  const { files } = await exportHuggingFace(
    options(folder, { shardBytes: 4096, onProgress: ({ bytesDone, bytes }) => progress.push(bytesDone / bytes) }),
  )
  const shards = files.map(({ name }) => name).filter((name) => /^model-\d{5}-of-00003\.safetensors$/.test(name))
  assert.equal(shards.length, 3)
  for (const { name, bytes } of files) assert.equal((await stat(join(folder, 'out', name))).size, bytes, name)
  assert.deepEqual(progress, progress.toSorted())
  assert.equal(progress.at(-1), 1)
  const index = JSON.parse(await readFile(join(folder, 'out/model.safetensors.index.json'), 'utf8'))
  assert.equal(index.metadata.total_size, 4 * COUNT)
  assert.deepEqual(
    Object.keys(index.weight_map),
    parameterSpecs(CONFIG).map((spec) => spec.name),
  )
  assert.deepEqual(toFloat((await importHuggingFace(join(folder, 'out'))).state), toFloat(someState()))
})

test('the tokenizer goes through as it came', async (context) => {
  const folder = await temporaryFolder(context)
  const file = new TextEncoder().encode('{"added_tokens": [{"id": 7, "content": "<end>"}, null, 3], "model": {}}')
  const config = new TextEncoder().encode('{"tokenizer_class": "Other"}')
  await exportHuggingFace(options(folder, { tokenizer: { kind: 'huggingface', file, config } }))
  const imported = await importHuggingFace(join(folder, 'out'))
  assert.deepEqual(
    [imported.tokenizer, imported.tokenizerConfig].map((bytes) => [...bytes!]),
    [[...file], [...config]],
  )
  const specialTokens = { start: 6, end: [7] }
  const tokenizer = { kind: 'huggingface', file } as const
  await exportHuggingFace(options(folder, { tokenizer, specialTokens, overwrite: true }))
  const plain = JSON.parse(await readFile(join(folder, 'out/tokenizer_config.json'), 'utf8'))
  assert.deepEqual(
    [plain.tokenizer_class, plain.eos_token, plain.bos_token],
    ['PreTrainedTokenizerFast', '<end>', undefined],
  )
})

test('nothing is overwritten unasked, and never what no export wrote', async (context) => {
  const folder = await temporaryFolder(context)
  const refused = { code: 'huggingface/exists' }
  await mkdir(join(folder, 'out'))
  await exportHuggingFace(options(folder))
  await assert.rejects(exportHuggingFace(options(folder)), refused)
  await exportHuggingFace(options(folder, { overwrite: true, shardBytes: 4096 }))
  await exportHuggingFace(options(folder, { overwrite: true }))
  assert.ok(!(await readdir(join(folder, 'out'))).includes('model.safetensors.index.json'))
  await writeFiles(folder, { 'out/onnx/model.onnx': '', 'out/onnx/model.onnx_data': '' })
  await exportHuggingFace(options(folder, { overwrite: true }))
  assert.ok(!(await readdir(join(folder, 'out'))).includes('onnx'))
  await writeFiles(folder, { 'out/onnx/notes.txt': 'mine' })
  await assert.rejects(exportHuggingFace(options(folder, { overwrite: true })), refused)
  await rm(join(folder, 'out/onnx'), { recursive: true })
  await writeFiles(folder, { 'out/notes.txt': 'mine' })
  await assert.rejects(exportHuggingFace(options(folder, { overwrite: true })), refused)
  assert.equal(await readFile(join(folder, 'out/notes.txt'), 'utf8'), 'mine')
  assert.deepEqual(await readdir(folder), ['out'])
})

test('an export that is stopped or fails leaves what was there', async (context) => {
  const folder = await temporaryFolder(context)
  await exportHuggingFace(options(folder))
  const before = await readFile(join(folder, 'out/model.safetensors'))
  const control = new AbortController()
  const reason = new Error('the operator said stop')
  const onProgress = (): void => control.abort(reason)
  const changed = { weights: new Int32Array(COUNT), overwrite: true }
  await assert.rejects(exportHuggingFace(options(folder, { ...changed, onProgress, signal: control.signal })), reason)
  const weights = new Float32Array(COUNT).fill(Number.NaN, 5, 6)
  await assert.rejects(exportHuggingFace(options(folder, { weights, overwrite: true })), {
    code: 'huggingface/bad-export',
  })
  assert.deepEqual(await readFile(join(folder, 'out/model.safetensors')), before)
  assert.deepEqual(await readdir(folder), ['out'])
  await writeFiles(folder, { file: 'not a folder' })
  const below = options(folder, { folder: join(folder, 'file', 'out') })
  await assert.rejects(exportHuggingFace(below), { code: 'huggingface/unwritable' })
})

test('arguments that do not belong together are refused', async (context) => {
  const folder = await temporaryFolder(context)
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
  const wrong: readonly Partial<ExportOptions>[] = [
    { weights: new Int32Array(COUNT - 1) },
    { config: { ...CONFIG, vocabSize: 255 }, weights: new Int32Array(COUNT - 8) },
    { shardBytes: 0 },
    { tokenizer: { kind: 'huggingface', file: bytes('{') } },
    { tokenizer: { kind: 'huggingface', file: bytes('null') } },
    { tokenizer: { kind: 'huggingface', file: bytes('{}'), config: bytes('no') } },
    { card: { ...card, license: 'mine: all of it\n---' } },
    { card: { ...card, baseModel: 'a/b\nlicense: mit' } },
  ]
  for (const part of wrong)
    await assert.rejects(exportHuggingFace(options(folder, part)), { code: 'huggingface/bad-export' })
  assert.deepEqual(await readdir(folder), [])
})

test('the card says where the model comes from, and nothing in it is markup', async (context) => {
  const folder = await temporaryFolder(context)
  const full = { ...card, name: 'A <b>\n---\n# [x](y)', run: '7 `|` \u202e', round: 12, root: '0xab', baseModel: 'a/b' }
  await exportHuggingFace(options(folder, { card: full }))
  const text = await readFile(join(folder, 'out/README.md'), 'utf8')
  assert.match(text, /^---\nlicense: apache-2\.0\n/)
  assert.match(text, /^base_model: a\/b$/m)
  assert.ok(text.includes('\n# A \\<b\\> \\-\\-\\- \\# \\[x\\]\\(y\\)\n'))
  assert.match(text, /^\| Run \| `7` \|$/m)
  assert.match(text, /^\| Round \| `12` \|$/m)
  assert.match(text, /^\| State root \| `0xab` \|$/m)
})

/** A folder with one layer, as others write them. */
async function foreignFolder(
  folder: string,
  change: (tensors: Record<string, { shape: number[]; values: number[] }>) => void = () => undefined,
  fields: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const config = { ...CONFIG, layers: 1, vocabSize: 5 }
  const random = new Random(8)
  const tensors = Object.fromEntries(
    parameterSpecs(config).map(({ name, shape }) => [
      name,
      { shape: [...shape], values: Array.from({ length: elementCount(shape) }, () => random.normal()) },
    ]),
  )
  change(tensors)
  await writeFiles(folder, {
    'model.safetensors': safetensors(tensors),
    'config.json': {
      model_type: 'llama',
      vocab_size: 5,
      hidden_size: 8,
      num_hidden_layers: 1,
      num_attention_heads: 2,
      num_key_value_heads: 1,
      head_dim: 6,
      intermediate_size: 10,
      max_position_embeddings: 16,
      tie_word_embeddings: true,
      ...fields,
    },
  })
  return folder
}

test('weights become the nearest entries of the state, and the loss is told', async (context) => {
  let expected = new Float32Array()
  const folder = await foreignFolder(await temporaryFolder(context), (tensors) => {
    expected = Float32Array.from(Object.values(tensors).flatMap(({ values }) => values))
  })
  const progress: number[] = []
  const { state, accuracy, warnings } = await importHuggingFace(folder, {
    onProgress: ({ parametersDone, parameters }) => progress.push(parametersDone / parameters),
  })
  assert.deepEqual(state, quantizeQ24(expected))
  assert.equal(accuracy.saturated, 0)
  assert.ok(accuracy.largestError > 2 ** -27 && accuracy.largestError <= 2 ** -25, `${accuracy.largestError}`)
  assert.ok(accuracy.relativeError > 0 && accuracy.relativeError < 2 ** -24, `${accuracy.relativeError}`)
  assert.deepEqual(warnings, ['the folder has no tokenizer.json'])
  assert.equal(progress.at(-1), 1)
})

test('a head that equals the embedding it is tied to is let through, and so are tables of frequencies', async (context) => {
  const folder = await foreignFolder(await temporaryFolder(context), (tensors) => {
    tensors['lm_head.weight'] = tensors['model.embed_tokens.weight']!
    tensors['model.layers.0.self_attn.rotary_emb.inv_freq'] = { shape: [3], values: [1, 2, 3] }
    tensors['model.rotary_emb.inv_freq'] = { shape: [3], values: [1, 2, 3] }
  })
  const { warnings } = await importHuggingFace(folder)
  assert.match(warnings[0]!, /^lm_head\.weight is there though/)
})

type Tensors = Record<string, { shape: number[]; values: number[] }>
const wrongWeights: Readonly<Record<string, (tensors: Tensors) => void>> = {
  'a tensor is missing': (tensors) => delete tensors['model.norm.weight'],
  'a tensor too many': (tensors) => {
    tensors['model.layers.0.self_attn.q_proj.bias'] = { shape: [12], values: Array(12).fill(0) }
  },
  'a tensor is turned': (tensors) => tensors['model.layers.0.mlp.up_proj.weight']!.shape.reverse(),
  'the head is another': (tensors) => {
    const { shape, values } = tensors['model.embed_tokens.weight']!
    tensors['lm_head.weight'] = { shape, values: values.with(39, 0.5) }
  },
  'the head has another shape': (tensors) => {
    tensors['lm_head.weight'] = { shape: [8, 5], values: tensors['model.embed_tokens.weight']!.values }
  },
  'a weight is no number': (tensors) => {
    tensors['model.norm.weight']!.values[3] = Number.NaN
  },
  'a weight is infinite': (tensors) => {
    tensors['model.norm.weight']!.values[3] = Number.NEGATIVE_INFINITY
  },
}

for (const [what, change] of Object.entries(wrongWeights))
  test(`weights are refused: ${what}`, async (context) => {
    const folder = await foreignFolder(await temporaryFolder(context), change)
    await assert.rejects(importHuggingFace(folder), { code: 'huggingface/bad-weights' })
  })

test('weights of whole numbers are refused', async (context) => {
  const folder = await foreignFolder(await temporaryFolder(context))
  const list = parameterSpecs({ ...CONFIG, layers: 1, vocabSize: 5 })
  let end = 0
  const entries = list.map(({ name, shape }) => {
    const begin = end
    end += elementCount(shape)
    return [name, { dtype: 'I8', shape, data_offsets: [begin, end] }]
  })
  const header = JSON.stringify(Object.fromEntries(entries))
  await writeFiles(folder, { 'model.safetensors': rawSafetensors(header, new Uint8Array(end)) })
  await assert.rejects(importHuggingFace(folder), { code: 'huggingface/bad-weights' })
})

test('weights beyond the range of the state are refused unless allowed', async (context) => {
  const folder = await foreignFolder(await temporaryFolder(context), (tensors) => {
    tensors['model.norm.weight']!.values.splice(0, 3, 128.5, -1000, 128)
  })
  await assert.rejects(importHuggingFace(folder), { code: 'huggingface/out-of-range' })
  const { accuracy, state, warnings } = await importHuggingFace(folder, { saturatedAtMost: 0.01 })
  assert.equal(accuracy.saturated, 2)
  assert.deepEqual(state.slice(-8, -5), Int32Array.of(2 ** 31 - 1, -(2 ** 31), 2 ** 31 - 1))
  assert.match(warnings.at(-1)!, /^2 weights lie beyond/)
})

test('a folder that is no model is refused', async (context) => {
  const folder = await temporaryFolder(context)
  await assert.rejects(importHuggingFace(folder), { code: 'huggingface/bad-config' })
  await foreignFolder(folder, undefined, { vocab_size: 'five' })
  await assert.rejects(importHuggingFace(folder), { code: 'huggingface/bad-config' })
  await foreignFolder(folder, undefined, { num_hidden_layers: 1000, hidden_size: 16384, intermediate_size: 65536 })
  await assert.rejects(importHuggingFace(folder), { code: 'training/bad-config' })
})

test('a folder of links is read, as caches of downloads have them', async (context) => {
  const folder = await foreignFolder(await temporaryFolder(context))
  await mkdir(join(folder, 'snapshot'))
  for (const name of ['config.json', 'model.safetensors'])
    await symlink(join('..', name), join(folder, 'snapshot', name))
  const { config } = await importHuggingFace(join(folder, 'snapshot'))
  assert.equal(config.vocabSize, 5)
})

test('a stop is heard between pieces', async (context) => {
  const folder = await foreignFolder(await temporaryFolder(context))
  const control = new AbortController()
  const reason = new Error('the operator said stop')
  const onProgress = (): void => control.abort(reason)
  await assert.rejects(importHuggingFace(folder, { onProgress, signal: control.signal }), reason)
})
