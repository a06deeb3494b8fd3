import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { Evaluator } from './evaluator.ts'
import { initialParameters } from './model/initialParameters.ts'
import { parameterCount, parameterSpecs } from './model/parameterSpecs.ts'
import { buildEvaluateProgram } from './programs/evaluate.ts'
import { Random } from './random.ts'
import { randomTokens, TINY } from './testing/tinyModel.ts'

const ROW = TINY.context + 1
const BATCH = 4
const evaluator = await evaluatorOf(BATCH)
after(() => evaluator.dispose())

const random = new Random(8)
const parameters = Float32Array.from({ length: parameterCount(parameterSpecs(TINY)) }, () => random.normal())
const samples = randomTokens(6 * ROW, TINY.vocabSize)

function evaluatorOf(batch: number): Promise<Evaluator> {
  return Evaluator.create({ program: buildEvaluateProgram(TINY, { batch }), config: TINY, batch })
}

/** Equal but for the order in which sums of another batch size are rounded. */
function assertAlike(actual: ArrayLike<number>, expected: ArrayLike<number>): void {
  assert.equal(actual.length, expected.length)
  for (let index = 0; index < expected.length; index++)
    assert.ok(
      Math.abs(actual[index]! - expected[index]!) < 1e-5,
      `sample ${index}: ${actual[index]}, ${expected[index]}`,
    )
}

test('an untrained model knows nothing: every token costs ln(vocabulary)', async () => {
  const losses = await evaluator.loss({ parameters: initialParameters(TINY, 1), samples })
  for (const loss of losses) assert.ok(Math.abs(loss - Math.log(TINY.vocabSize)) < 0.05, `${loss}`)
})

test('a last batch that is not full gives the losses of its samples alone', async () => {
  const losses = await evaluator.loss({ parameters, samples })
  const single = await evaluatorOf(1)
  assertAlike(losses, await single.loss({ parameters, samples }))
  await single.dispose()
  for (const count of [1, 4, 5]) {
    const fewer = await evaluator.loss({ parameters, samples: samples.subarray(0, count * ROW) })
    assertAlike(fewer, losses.subarray(0, count))
  }
})

test('a loss does not depend on the other samples', async () => {
  const losses = await evaluator.loss({ parameters, samples })
  const order = [5, 0, 3, 1, 4, 2]
  const shuffled = Int32Array.from(order.flatMap((at) => Array.from(samples.subarray(at * ROW, (at + 1) * ROW))))
  assertAlike(
    await evaluator.loss({ parameters, samples: shuffled }),
    order.map((at) => losses[at]!),
  )
})

test('bytes are tokens too', async () => {
  assert.deepEqual(
    await evaluator.loss({ parameters, samples: Uint8Array.from(samples) }),
    await evaluator.loss({ parameters, samples }),
  )
})

test('progress is told after every batch, and an abort is heard between them', async () => {
  const seen: number[] = []
  const control = new AbortController()
  const reason = new Error('enough')
  await evaluator.loss({ parameters, samples, onProgress: ({ samplesDone }) => seen.push(samplesDone) })
  assert.deepEqual(seen, [4, 6])
  const stopped = evaluator.loss({
    parameters,
    samples,
    signal: control.signal,
    onProgress: () => control.abort(reason),
  })
  await assert.rejects(stopped, reason)
})

test('a loss that is not finite is an error', async () => {
  const broken = parameters.with(parameters.length - 1, Number.NaN)
  await assert.rejects(evaluator.loss({ parameters: broken, samples }), { code: 'training/not-finite' })
})

test('a request that does not fit is refused', async () => {
  for (const wrong of [samples.subarray(1), new Int32Array(0), samples.with(0, TINY.vocabSize)])
    await assert.rejects(evaluator.loss({ parameters, samples: wrong }), { code: 'training/bad-request' })
  await assert.rejects(evaluator.loss({ parameters: parameters.subarray(1), samples }), { code: 'training/bad-tensor' })
  await assert.rejects(evaluatorOf(0), { code: 'training/bad-request' })
})
