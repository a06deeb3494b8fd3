import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { packedDataset, packTokens } from './data/packTokens.ts'
import { batches } from './data/shardedDataset.ts'
import { initialParameters } from './model/initialParameters.ts'
import { parameterCount, parameterSpecs } from './model/parameterSpecs.ts'
import { decodeOptimizerState, encodeOptimizerState, freshOptimizerState } from './optimizerState.ts'
import { buildTrainProgram } from './programs/train.ts'
import { ALICE } from './testing/text.ts'
import { randomTokens, SMALL, TINY } from './testing/tinyModel.ts'
import { Trainer, type TrainRequest } from './trainer.ts'

const BATCH = 2
const STEPS = 6
const COUNT = parameterCount(parameterSpecs(TINY))
const trainer = await Trainer.create({ program: buildTrainProgram(TINY, { batch: BATCH }), config: TINY, batch: BATCH })
after(() => trainer.dispose())

function request(): TrainRequest {
  return {
    parameters: initialParameters(TINY, 1),
    optimizer: freshOptimizerState(COUNT),
    batches: randomTokens(STEPS * BATCH * (TINY.context + 1), TINY.vocabSize),
    learningRates: Array.from({ length: STEPS }, (_, step) => 0.01 / (step + 1)),
  }
}

test('a small model learns to read', async () => {
  const [batch, steps] = [8, 60]
  const { vocabSize, context } = SMALL
  const packed = packTokens(new TextEncoder().encode(ALICE), { vocabSize, context, heldOutSamples: 4 })
  const view = packedDataset(packed, vocabSize)
  const indices = Array.from({ length: steps * batch }, (_, index) => (index * 7) % view.trainSamples)
  const reader = await Trainer.create({ program: buildTrainProgram(SMALL, { batch }), config: SMALL, batch })
  const { losses, gradientNorms, optimizer } = await reader.train({
    parameters: initialParameters(SMALL, 1),
    optimizer: freshOptimizerState(parameterCount(parameterSpecs(SMALL))),
    batches: await batches(view, indices, { batch, steps }),
    learningRates: new Float32Array(steps).fill(0.01),
  })
  await reader.dispose()
  assert.ok(losses[0]! > 5, `starts at ${losses[0]}`)
  const last = losses.slice(-10).reduce((sum, loss) => sum + loss / 10, 0)
  assert.ok(last < 2.8, `ends at ${last}`)
  assert.ok(gradientNorms.every((norm) => norm > 0))
  assert.equal(optimizer.step, steps)
})

test('many steps in one call are the same as one step per call', async () => {
  const [one, three, all] = [1, 3, STEPS].map((stepsPerCall) => trainer.train({ ...request(), stepsPerCall }))
  assert.deepEqual(await one, await all)
  assert.deepEqual(await three, await all)
})

test('a training that is interrupted and resumed from bytes is the same as one in a piece', async () => {
  const whole = await trainer.train(request())
  const half = STEPS / 2
  const middle = request().batches.length / 2
  const first = await trainer.train({
    ...request(),
    batches: request().batches.subarray(0, middle),
    learningRates: Array.from(request().learningRates).slice(0, half),
  })
  const second = await trainer.train({
    parameters: first.parameters,
    optimizer: decodeOptimizerState(encodeOptimizerState(first.optimizer), COUNT),
    batches: request().batches.subarray(middle),
    learningRates: Array.from(request().learningRates).slice(half),
  })
  assert.deepEqual(second.parameters, whole.parameters)
  assert.deepEqual(second.optimizer, whole.optimizer)
})

test('what is passed in stays as it was', async () => {
  const used = request()
  await trainer.train(used)
  assert.deepEqual(used, request())
})

test('progress is told after every call', async () => {
  const seen: number[] = []
  const result = await trainer.train({
    ...request(),
    stepsPerCall: 4,
    onProgress: ({ stepsDone, steps, losses }) => {
      assert.equal(steps, STEPS)
      assert.equal(losses.length, stepsDone)
      seen.push(stepsDone)
    },
  })
  assert.deepEqual(seen, [4, 6])
  assert.equal(result.steps, 6)
})

test('enough keeps the steps done', async () => {
  const deadline = new AbortController()
  const result = await trainer.train({
    ...request(),
    stepsPerCall: 2,
    enough: deadline.signal,
    onProgress: ({ stepsDone }) => {
      if (stepsDone === 4) deadline.abort()
    },
  })
  assert.equal(result.steps, 4)
  assert.equal(result.losses.length, 4)
  assert.equal(result.optimizer.step, 4)
  const four = await trainer.train({
    ...request(),
    batches: request().batches.subarray(0, (request().batches.length * 4) / STEPS),
    learningRates: Array.from(request().learningRates).slice(0, 4),
  })
  assert.deepEqual(result, four)
})

test('a stop before the first step changes nothing', async () => {
  const result = await trainer.train({ ...request(), enough: AbortSignal.abort() })
  assert.equal(result.steps, 0)
  assert.deepEqual(result.parameters, request().parameters)
  assert.deepEqual(result.optimizer, request().optimizer)
})

test('an abort between calls throws its reason', async () => {
  const control = new AbortController()
  const reason = new Error('the operator said stop')
  const training = trainer.train({
    ...request(),
    stepsPerCall: 1,
    signal: control.signal,
    onProgress: () => control.abort(reason),
  })
  await assert.rejects(training, reason)
})

test('a loss that is no number ends the training', async () => {
  const parameters = request().parameters.with(0, Number.NaN)
  // The embedding of token 0, which therefore has to come up.
  const batches = request().batches.fill(0)
  await assert.rejects(trainer.train({ ...request(), parameters, batches }), { code: 'training/diverged' })
})

test('a request that does not fit is refused', async () => {
  const good = request()
  const wrong: readonly Partial<TrainRequest>[] = [
    { learningRates: [] },
    { learningRates: [0.1] },
    { learningRates: Array<number>(STEPS).fill(Number.NaN) },
    { learningRates: Array<number>(STEPS).fill(1) },
    { learningRates: Array<number>(STEPS).fill(-0.1) },
    { stepsPerCall: 0 },
    { optimizer: { ...good.optimizer, step: -1 } },
    { batches: good.batches.subarray(1) },
    { batches: good.batches.with(3, TINY.vocabSize) },
    { batches: good.batches.with(3, -1) },
  ]
  for (const part of wrong) await assert.rejects(trainer.train({ ...good, ...part }), { code: 'training/bad-request' })
  const foreign: readonly Partial<TrainRequest>[] = [
    { parameters: new Float32Array(COUNT - 1) },
    { optimizer: freshOptimizerState(COUNT + 1) },
  ]
  for (const part of foreign) await assert.rejects(trainer.train({ ...good, ...part }), { code: 'training/bad-tensor' })
})

test('a trainer needs a program of its own model and batch', async () => {
  const program = buildTrainProgram(TINY, { batch: BATCH + 1 })
  const other = await Trainer.create({ program, config: TINY, batch: BATCH })
  await assert.rejects(other.train(request()), { code: 'training/bad-tensor' })
  await other.dispose()
  const badConfig = { ...TINY, heads: 3 }
  await assert.rejects(Trainer.create({ program, config: badConfig, batch: BATCH }), { code: 'training/bad-config' })
  await assert.rejects(Trainer.create({ program, config: TINY, batch: 0 }), { code: 'training/bad-request' })
})
