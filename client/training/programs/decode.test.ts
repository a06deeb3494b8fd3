// The decoder with a cache against the forward pass that training differentiates, which has none.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeGraph } from '../graph/encode.ts'
import { Graph } from '../graph/graph.ts'
import { headSize, keyValueHeads, type ModelConfig } from '../model/config.ts'
import { hiddenStates, logitsOf } from '../model/llama.ts'
import { parameterCount, parameterSpecs } from '../model/parameterSpecs.ts'
import { Random } from '../random.ts'
import { tensorInputs } from '../request.ts'
import { floatOutput, Session, type TensorInputs } from '../session.ts'
import { randomTokens, TINY, TINY_FULL, TINY_GROUPED } from '../testing/tinyModel.ts'
import { pastName, presentName, TOKENS_INPUT } from './decode.ts'
import { addGeneration, GENERATE_OUTPUT, type LogitsOf } from './generate.ts'

const CONTEXT = 12
const linear = { kind: 'linear', factor: 2.5 } as const
const CONFIGS: Readonly<Record<string, ModelConfig>> = {
  'as many key heads as heads': TINY,
  'grouped heads': TINY_GROUPED,
  'three groups, wide heads': { ...TINY, heads: 6, keyValueHeads: 3, headSize: 10 },
  'a tied head, wide heads, scaled angles': TINY_FULL,
  'linearly scaled angles': { ...TINY, ropeScaling: linear, tiedEmbeddings: true },
}

function parametersOf(config: ModelConfig): Float32Array {
  const random = new Random(3)
  return Float32Array.from({ length: parameterCount(parameterSpecs(config)) }, () => random.normal() * 0.5)
}

/** Logits [batch, CONTEXT, vocabulary] of the forward pass. */
async function fullLogits(config: ModelConfig, tokens: Int32Array, batch: number): Promise<Float32Array> {
  const graph = new Graph('full')
  const given = graph.input('tokens', 'int32', [batch, CONTEXT])
  const parameters = parameterSpecs(config).map((spec) => graph.input(spec.name, 'float32', spec.shape))
  graph.output('logits', logitsOf(graph, config, parameters, hiddenStates(graph, config, parameters, given)))
  const session = await Session.create(encodeGraph(graph))
  const outputs = await session.run({
    ...tensorInputs(parametersOf(config), parameterSpecs(config)),
    tokens: { data: tokens, shape: [batch, CONTEXT] },
  })
  await session.dispose()
  return floatOutput(outputs, 'logits')
}

/** Logits of the decoder for `tokens` [batch, CONTEXT] read in pieces of the given lengths: one array per piece. */
async function decodedLogits(
  config: ModelConfig,
  tokens: Int32Array,
  { batch, pieces, of }: { batch: number; pieces: readonly number[]; of: LogitsOf },
): Promise<Float32Array[]> {
  const graph = new Graph('decode')
  const specs = parameterSpecs(config)
  addGeneration(
    graph,
    config,
    specs.map((spec) => graph.input(spec.name, 'float32', spec.shape)),
    of,
  )
  const session = await Session.create(encodeGraph(graph))
  const weights = tensorInputs(parametersOf(config), specs)
  const names = Array.from({ length: config.layers }, (_, layer) =>
    (['key', 'value'] as const).map((part) => [pastName(layer, part), presentName(layer, part)] as const),
  ).flat()
  const cacheOf = (length: number, dataOf: (present: string) => Float32Array): TensorInputs => {
    const shape = [batch, keyValueHeads(config), length, headSize(config)]
    return Object.fromEntries(names.map(([past, present]) => [past, { data: dataOf(present), shape }]))
  }
  let cache = cacheOf(0, () => new Float32Array(0))
  let length = 0
  const results: Float32Array[] = []
  for (const count of pieces) {
    const rows = Array.from({ length: batch }, (_, row) => {
      const start = row * CONTEXT + length
      return Array.from(tokens.subarray(start, start + count), BigInt)
    })
    const read = { data: BigInt64Array.from(rows.flat()), shape: [batch, count] }
    const outputs = await session.run({ ...weights, ...cache, [TOKENS_INPUT]: read })
    length += count
    cache = cacheOf(length, (present) => floatOutput(outputs, present))
    results.push(floatOutput(outputs, GENERATE_OUTPUT.logits))
  }
  await session.dispose()
  return results
}

function assertClose(actual: Float32Array, expected: Float32Array): void {
  assert.equal(actual.length, expected.length)
  const off = actual.reduce((most, value, index) => Math.max(most, Math.abs(value - expected[index]!)), 0)
  assert.ok(off < 1e-5, `off by ${off}`)
}

for (const [name, changed] of Object.entries(CONFIGS)) {
  const config = { ...changed, context: CONTEXT }
  const tokens = randomTokens(CONTEXT, config.vocabSize)

  test(`the scores are those of the forward pass, however the text is cut: ${name}`, async () => {
    const full = await fullLogits(config, tokens, 1)
    const spread = full.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
    assert.ok(spread > 0.1, 'the scores tell something')
    for (const pieces of [[12], Array<number>(12).fill(1), [5, 1, 1, 4, 1], [11, 1]]) {
      const last = await decodedLogits(config, tokens, { batch: 1, pieces, of: 'last' })
      let end = 0
      for (const [index, count] of pieces.entries()) {
        end += count
        assertClose(last[index]!, full.subarray((end - 1) * config.vocabSize, end * config.vocabSize))
      }
      const all = await decodedLogits(config, tokens, { batch: 1, pieces, of: 'all' })
      assertClose(Float32Array.from(all.flatMap((piece) => Array.from(piece))), full)
    }
  })
}

test('texts of a batch do not mix', async () => {
  const config = { ...TINY_FULL, context: CONTEXT }
  const tokens = randomTokens(3 * CONTEXT, config.vocabSize)
  const full = await fullLogits(config, tokens, 3)
  const [whole] = await decodedLogits(config, tokens, { batch: 3, pieces: [12], of: 'all' })
  assertClose(whole!, full)
  const [, last] = await decodedLogits(config, tokens, { batch: 3, pieces: [7, 5], of: 'last' })
  const v = config.vocabSize
  const ends = [1, 2, 3].map((row) => Array.from(full.subarray((row * CONTEXT - 1) * v, row * CONTEXT * v)))
  assertClose(last!, Float32Array.from(ends.flat()))
})

test('a position beyond the context is refused, not guessed', async () => {
  const config = { ...TINY, context: CONTEXT - 1 }
  const tokens = randomTokens(CONTEXT, config.vocabSize)
  for (const pieces of [[CONTEXT], [CONTEXT - 1, 1]])
    await assert.rejects(decodedLogits(config, tokens, { batch: 1, pieces, of: 'last' }), {
      code: 'training/session-failed',
    })
})
