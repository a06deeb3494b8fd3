// Our training against an independent witness: witness.json holds what PyTorch and transformers' LlamaForCausalLM computed
// (witness.py, which takes nothing of ours). Loss, every tensor's gradient, and the parameters after ten steps of AdamW.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, test } from 'node:test'
import { Evaluator } from '@tessera/training/evaluator'
import { gradients } from '@tessera/training/graph/differentiate'
import { encodeGraph } from '@tessera/training/graph/encode'
import { Graph } from '@tessera/training/graph/graph'
import { elementCount } from '@tessera/training/graph/shape'
import { checkModelConfig, type ModelConfig } from '@tessera/training/model/config'
import { tokenLosses } from '@tessera/training/model/llama'
import { type ParameterSpec, parameterCount, parameterSpecs } from '@tessera/training/model/parameterSpecs'
import type { AdamWOptions } from '@tessera/training/ops/adamW'
import { mean } from '@tessera/training/ops/reduce'
import { freshOptimizerState } from '@tessera/training/optimizerState'
import { joinTensors, splitTensors } from '@tessera/training/parameters'
import { buildEvaluateProgram } from '@tessera/training/programs/evaluate'
import { buildTrainProgram } from '@tessera/training/programs/train'
import { floatOutput, Session } from '@tessera/training/session'
import { Trainer } from '@tessera/training/trainer'

// Both sides compute in float32 and add in different orders. Relative; the largest that was measured of both models and all ten steps
// stands behind. GRADIENT and PARAMETER are for single entries, relative to the root mean square of their tensor.
const LOSS = 1e-6 // 1.7e-7
const NORM = 1e-5 // 6e-7
const GRADIENT = 5e-5 // 4.5e-6
const PARAMETER = 1e-5 // 8e-7

interface Digest {
  readonly norm: number
  readonly entries: readonly number[]
}

interface Witness {
  readonly model: Omit<ModelConfig, 'ropeScaling'> & { readonly ropeScaling: ModelConfig['ropeScaling'] | null }
  readonly batch: number
  readonly optimizer: AdamWOptions
  readonly learningRates: readonly number[]
  readonly losses: readonly number[]
  readonly gradientNorms: readonly number[]
  readonly gradients: Readonly<Record<string, Digest>>
  readonly parameters: Readonly<Record<string, Digest>>
}

const document = JSON.parse(readFileSync(new URL('witness.json', import.meta.url), 'utf8')) as Record<string, Witness>

for (const name of ['multiHead', 'groupedTiedScaled']) {
  const witness = document[name]!
  const { ropeScaling, ...model } = witness.model
  const config = checkModelConfig(ropeScaling === null ? model : { ...model, ropeScaling })
  const specs = parameterSpecs(config)
  const parameters = joinTensors(specs.map(weights), specs)
  const shape = [witness.batch, config.context + 1]
  const stepTokens = (step: number): Int32Array =>
    Int32Array.from(draw(`tokens ${step}`, elementCount(shape)), (number) => number % config.vocabSize)

  test(`${name}: the evaluation program gives the loss of the witness`, async () => {
    const program = buildEvaluateProgram(config, { batch: witness.batch })
    const evaluator = await Evaluator.create({ program, config, batch: witness.batch })
    after(() => evaluator.dispose())
    const losses = await evaluator.loss({ parameters, samples: stepTokens(0) })
    const loss = losses.reduce((sum, one) => sum + one, 0) / losses.length
    assertClose(loss, witness.losses[0]!, LOSS * witness.losses[0]!, 'loss')
  })

  test(`${name}: every tensor has the gradient of the witness`, async () => {
    const graph = new Graph('gradients')
    const tokens = graph.input('tokens', 'int32', shape)
    const inputs = specs.map((spec) => graph.input(spec.name, 'float32', spec.shape))
    const loss = mean(graph, tokenLosses(graph, config, inputs, tokens), [0, 1])
    graph.output('loss', loss)
    gradients(graph, loss, inputs).forEach((gradient, index) => {
      graph.output(`gradient/${specs[index]!.name}`, gradient)
    })
    const session = await Session.create(encodeGraph(graph))
    after(() => session.dispose())
    const tensors = splitTensors(parameters, specs)
    const outputs = await session.run({
      tokens: { data: stepTokens(0), shape },
      ...Object.fromEntries(specs.map((spec, index) => [spec.name, { data: tensors[index]!, shape: spec.shape }])),
    })
    assertClose(floatOutput(outputs, 'loss')[0]!, witness.losses[0]!, LOSS * witness.losses[0]!, 'loss')
    assert.deepEqual(Object.keys(witness.gradients).sort(), specs.map((spec) => spec.name).sort())
    for (const spec of specs)
      assertDigest(spec, floatOutput(outputs, `gradient/${spec.name}`), witness.gradients[spec.name]!, GRADIENT)
  })

  test(`${name}: ten steps of AdamW end where those of the witness end`, async () => {
    const { batch, optimizer, learningRates } = witness
    const trainer = await Trainer.create({ program: buildTrainProgram(config, { batch, optimizer }), config, batch })
    after(() => trainer.dispose())
    const result = await trainer.train({
      parameters,
      optimizer: freshOptimizerState(parameterCount(specs)),
      batches: Int32Array.from(learningRates.flatMap((_, step) => [...stepTokens(step)])),
      learningRates,
    })
    witness.losses.forEach((loss, step) => {
      assertClose(result.losses[step]!, loss, 2 * LOSS * loss, `loss of step ${step}`)
      const norm = witness.gradientNorms[step]!
      assertClose(result.gradientNorms[step]!, norm, NORM * norm, `norm of step ${step}`)
    })
    // Some steps are clipped, else the clipping would not be witnessed.
    assert.ok(witness.gradientNorms.some((norm) => norm > optimizer.clipNorm))
    const trained = splitTensors(result.parameters, specs)
    specs.forEach((spec, index) => {
      assertDigest(spec, trained[index]!, witness.parameters[spec.name]!, PARAMETER)
    })
  })
}

/** Compares with the norm and the entries of the witness; `tolerance` is in units of the tensor's root mean square. */
function assertDigest(spec: ParameterSpec, actual: Float32Array, expected: Digest, tolerance: number): void {
  const norm = Math.sqrt(actual.reduce((sum, value) => sum + value ** 2, 0))
  assertClose(norm, expected.norm, NORM * expected.norm, `norm of ${spec.name}`)
  const places =
    actual.length === expected.entries.length
      ? expected.entries.map((_, place) => place)
      : draw('samples', expected.entries.length).map((number) => number % actual.length)
  const size = expected.norm / Math.sqrt(actual.length)
  expected.entries.forEach((entry, index) => {
    const place = places[index]!
    assertClose(actual[place]!, entry, tolerance * size, `entry ${place} of ${spec.name}`)
  })
}

function assertClose(actual: number, expected: number, tolerance: number, what: string): void {
  const difference = Math.abs(actual - expected)
  assert.ok(difference <= tolerance, `${what}: ${actual}, not ${expected}: ${difference} apart, not ${tolerance}`)
}

/** The formula of witness.py: norms within 1 +- 0.25, matrices within +- 0.25. */
function weights({ name, shape }: ParameterSpec): Float32Array {
  return Float32Array.from(draw(name, elementCount(shape)), (number) => {
    const centred = number / 2 ** 32 - 0.5
    return shape.length === 1 ? 1 + centred / 2 : centred / 2
  })
}

/** uint32 numbers: MurmurHash3's finaliser of FNV-1a(name) + i * 0x9e3779b9. */
function draw(name: string, count: number): number[] {
  const seed = [...new TextEncoder().encode(name)].reduce(
    (hash, byte) => Math.imul(hash ^ byte, 0x01000193),
    0x811c9dc5,
  )
  return Array.from({ length: count }, (_, index) => {
    const start = (seed + Math.imul(index, 0x9e3779b9)) | 0
    const once = Math.imul(start ^ (start >>> 16), 0x85ebca6b)
    const twice = Math.imul(once ^ (once >>> 13), 0xc2b2ae35)
    return (twice ^ (twice >>> 16)) >>> 0
  })
}
