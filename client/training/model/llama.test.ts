import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Evaluator } from '../evaluator.ts'
import { encodeGraph } from '../graph/encode.ts'
import { Graph } from '../graph/graph.ts'
import { elementCount } from '../graph/shape.ts'
import { buildEvaluateProgram } from '../programs/evaluate.ts'
import { Random } from '../random.ts'
import { Session } from '../session.ts'
import { checkGradients } from '../testing/gradientCheck.ts'
import { referenceLoss } from '../testing/referenceModel.ts'
import { randomTokens, TINY, TINY_FULL, TINY_GROUPED } from '../testing/tinyModel.ts'
import type { ModelConfig } from './config.ts'
import { tokenLosses } from './llama.ts'
import { parameterCount, parameterSpecs } from './parameterSpecs.ts'

const BATCH = 2
const VARIANTS: Readonly<Record<string, ModelConfig>> = {
  'as many key heads': TINY,
  'shared key heads': TINY_GROUPED,
  'tied, wide heads, scaled rotation': TINY_FULL,
  'linearly scaled rotation': { ...TINY, ropeScaling: { kind: 'linear', factor: 3 } },
}

for (const [name, config] of Object.entries(VARIANTS)) {
  const specs = parameterSpecs(config)
  const tokens = randomTokens(BATCH * (config.context + 1), config.vocabSize)
  const shape = [BATCH, config.context + 1]

  test(`the graph computes the loss of the reference model, ${name}`, async () => {
    // In float32, because the runtime's optimiser breaks the forward pass alone in float64 (its QuickGelu has no such kernel).
    const rough = { ...config, normEpsilon: 0.05 }
    const program = buildEvaluateProgram(rough, { batch: BATCH })
    const evaluator = await Evaluator.create({ program, config: rough, batch: BATCH })
    const random = new Random(3)
    const parameters = Float32Array.from({ length: parameterCount(specs) }, () => random.normal())
    const losses = await evaluator.loss({ parameters, samples: tokens })
    for (let row = 0; row < BATCH; row++) {
      const sample = tokens.subarray(row * (config.context + 1), (row + 1) * (config.context + 1))
      const expected = referenceLoss(rough, parameters, sample)
      assert.ok(Math.abs(losses[row]! - expected) < 1e-5 * expected, `sample ${row}: ${losses[row]}, not ${expected}`)
    }
    await evaluator.dispose()
  })

  test(`every tensor of the model has the gradient of its differences, ${name}`, () =>
    checkGradients({
      shapes: specs.map((spec) => spec.shape),
      build: (graph, parameters) => tokenLosses(graph, config, parameters, graph.constant(shape, tokens)),
      range: [-1, 1],
      coordinates: 4,
    }))
}

test('a position is not told of the tokens after it', async () => {
  const config = TINY
  const specs = parameterSpecs(config)
  const graph = new Graph('losses')
  const parameters = specs.map((spec) => graph.input(spec.name, 'float32', spec.shape))
  const tokens = graph.input('tokens', 'int32', [1, config.context + 1])
  graph.output('losses', tokenLosses(graph, config, parameters, tokens))
  const session = await Session.create(encodeGraph(graph))
  const random = new Random(9)
  const values = specs.map((spec) => {
    const data = Float32Array.from({ length: elementCount(spec.shape) }, () => random.normal())
    return [spec.name, { data, shape: spec.shape }] as const
  })
  const run = async (row: number[]) => {
    const outputs = await session.run({
      ...Object.fromEntries(values),
      tokens: { data: Int32Array.from(row), shape: [1, config.context + 1] },
    })
    return Array.from(outputs.losses as Float32Array)
  }
  const [first, second] = [await run([1, 2, 3, 4]), await run([1, 2, 3, 6])]
  assert.deepEqual(first.slice(0, 2), second.slice(0, 2))
  assert.notEqual(first[2], second[2])
  await session.dispose()
})
