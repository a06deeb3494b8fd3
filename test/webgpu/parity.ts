// What the programs compute on WebGPU, held against the CPU. Started by main.ts, which sees to it that there is a device.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chooseDevice } from '@tessera/training/device'
import { Evaluator } from '@tessera/training/evaluator'
import { Generator } from '@tessera/training/generate'
import type { ModelConfig } from '@tessera/training/model/config'
import { initialParameters } from '@tessera/training/model/initialParameters'
import { freshOptimizerState } from '@tessera/training/optimizerState'
import { buildEvaluateProgram } from '@tessera/training/programs/evaluate'
import { buildGenerateProgram } from '@tessera/training/programs/generate'
import { buildTrainProgram } from '@tessera/training/programs/train'
import type { Device } from '@tessera/training/session'
import { randomTokens, SMALL, TINY, TINY_FULL, TINY_GROUPED } from '@tessera/training/testing/tinyModel'
import { Trainer, type TrainResult } from '@tessera/training/trainer'

const BATCH = 4
const STEPS = 6
const RATE = 0.01
/**
 * Losses, relative: sums in another order. Parameters, absolute: AdamW divides by the gradient's size, so where a gradient is nearly
 * zero a difference in its last digit may turn into a good part of a step.
 */
const LOSS_TOLERANCE = 2e-4
const PARAMETER_TOLERANCE = RATE / 10

const MODELS: Readonly<Record<string, { readonly config: ModelConfig; readonly microBatches: number }>> = {
  'as many key heads': { config: TINY, microBatches: 1 },
  'shared key heads': { config: TINY_GROUPED, microBatches: 1 },
  'tied, wide heads, scaled angles, in parts': { config: TINY_FULL, microBatches: 2 },
  'a byte model': { config: SMALL, microBatches: 1 },
}

async function train(config: ModelConfig, microBatches: number, device: Device): Promise<TrainResult> {
  const program = buildTrainProgram(config, { batch: BATCH, microBatches })
  const trainer = await Trainer.create({ program, config, batch: BATCH, device })
  const parameters = initialParameters(config, 1)
  const result = await trainer.train({
    parameters,
    optimizer: freshOptimizerState(parameters.length),
    batches: randomTokens(STEPS * BATCH * (config.context + 1), config.vocabSize),
    learningRates: new Float32Array(STEPS).fill(RATE),
  })
  await trainer.dispose()
  return result
}

async function losses(config: ModelConfig, device: Device): Promise<Float32Array> {
  const program = buildEvaluateProgram(config, { batch: BATCH })
  const evaluator = await Evaluator.create({ program, config, batch: BATCH, device })
  const samples = randomTokens(BATCH * (config.context + 1), config.vocabSize, 8)
  const result = await evaluator.loss({ parameters: initialParameters(config, 2), samples })
  await evaluator.dispose()
  return result
}

async function tokens(config: ModelConfig, device: Device): Promise<number[]> {
  const generator = await Generator.create({ program: buildGenerateProgram(config), config, device })
  const request = { parameters: initialParameters(config, 3), prompt: Int32Array.of(1, 2), maxTokens: 12 }
  const result = await Array.fromAsync(generator.generate({ ...request, temperature: 0, topK: 1, seed: 1 }))
  await generator.dispose()
  return result
}

function close(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number, relative: boolean): void {
  assert.equal(actual.length, expected.length)
  for (let i = 0; i < expected.length; i++) {
    const [is, should] = [Number(actual[i]), Number(expected[i])]
    const limit = relative ? tolerance * Math.abs(should) : tolerance
    assert.ok(Math.abs(is - should) <= limit, `entry ${i}: ${is} on WebGPU, ${should} on the CPU`)
  }
}

test('the device works', async () => {
  assert.equal((await chooseDevice('webgpu')).device, 'webgpu')
})

for (const [name, { config, microBatches }] of Object.entries(MODELS)) {
  test(`${STEPS} steps of training: ${name}`, async () => {
    const [gpu, cpu] = [await train(config, microBatches, 'webgpu'), await train(config, microBatches, 'cpu')]
    close(gpu.losses, cpu.losses, LOSS_TOLERANCE, true)
    close(gpu.gradientNorms, cpu.gradientNorms, 10 * LOSS_TOLERANCE, true)
    close(gpu.parameters, cpu.parameters, PARAMETER_TOLERANCE, false)
  })

  test(`the loss: ${name}`, async () => {
    close(await losses(config, 'webgpu'), await losses(config, 'cpu'), LOSS_TOLERANCE, true)
  })

  test(`the likeliest tokens: ${name}`, async () => {
    assert.deepEqual(await tokens(config, 'webgpu'), await tokens(config, 'cpu'))
  })
}
