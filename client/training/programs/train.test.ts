// Ways to make one and the same step: a batch in parts, and products in float16. Compared with the plain program on the CPU, which
// computes float16 in float32 and rounds what the runtime's optimiser leaves to be rounded.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ModelConfig } from '../model/config.ts'
import { initialParameters } from '../model/initialParameters.ts'
import { parameterCount, parameterSpecs } from '../model/parameterSpecs.ts'
import { freshOptimizerState } from '../optimizerState.ts'
import { randomTokens, SMALL, TINY, TINY_FULL, TINY_GROUPED } from '../testing/tinyModel.ts'
import { Trainer, type TrainResult } from '../trainer.ts'
import { buildTrainProgram, type TrainProgramOptions } from './train.ts'

const BATCH = 6

async function trained(config: ModelConfig, options: Partial<TrainProgramOptions>, steps = 3): Promise<TrainResult> {
  const program = buildTrainProgram(config, { batch: BATCH, ...options })
  const { compute = 'float32' } = options
  const trainer = await Trainer.create({ program, config, batch: BATCH, compute })
  const result = await trainer.train({
    parameters: initialParameters(config, 1).map((value) => 3 * value),
    optimizer: freshOptimizerState(parameterCount(parameterSpecs(config))),
    batches: randomTokens(steps * BATCH * (config.context + 1), config.vocabSize),
    learningRates: new Float32Array(steps).fill(0.001),
  })
  await trainer.dispose()
  return result
}

/** The largest difference of two vectors, relative to the largest entry of the second. */
function distance(actual: Float32Array, expected: Float32Array): number {
  assert.equal(actual.length, expected.length)
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  return actual.reduce((most, value, at) => Math.max(most, Math.abs(value - (expected[at] ?? Number.NaN))), 0) / largest
}

for (const [name, config] of Object.entries({ TINY, TINY_GROUPED, TINY_FULL })) {
  test(`a batch in parts makes the same steps, ${name}`, async () => {
    const whole = await trained(config, {})
    for (const microBatches of [2, 3, 6]) {
      const parts = await trained(config, { microBatches })
      assert.ok(distance(parts.losses, whole.losses) < 1e-6)
      assert.ok(distance(parts.gradientNorms, whole.gradientNorms) < 1e-5)
      // The moments are the gradients; parameters would hide a factor, because Adam divides by their size.
      assert.ok(distance(parts.optimizer.m, whole.optimizer.m) < 1e-5)
      assert.ok(distance(parts.optimizer.v, whole.optimizer.v) < 1e-5)
      assert.ok(distance(parts.parameters, whole.parameters) < 1e-4)
    }
  })
}

test('parts that do not divide the batch are refused', () => {
  for (const microBatches of [4, 12, 0, 1.5])
    assert.throws(() => buildTrainProgram(TINY, { batch: BATCH, microBatches }), { code: 'training/bad-request' })
})

for (const [name, config] of Object.entries({ TINY_FULL, SMALL })) {
  test(`products in float16 give the same steps to the digits it has, ${name}`, async () => {
    const exact = await trained(config, {})
    for (const microBatches of [1, 2]) {
      const half = await trained(config, { compute: 'float16', microBatches })
      assert.ok(distance(half.losses, exact.losses) < 2e-3, `losses ${half.losses}, not ${exact.losses}`)
      assert.ok(distance(half.gradientNorms, exact.gradientNorms) < 5e-3)
      assert.ok(distance(half.optimizer.m, exact.optimizer.m) < 1e-2)
      assert.notDeepEqual(half.losses, exact.losses)
    }
  })
}
