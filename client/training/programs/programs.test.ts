// The programs as files: the same bytes everywhere, and the loop's trip count. What they compute is tested with trainer,
// evaluator and generator.

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { initialParameters } from '../model/initialParameters.ts'
import { parameterCount, parameterSpecs } from '../model/parameterSpecs.ts'
import { tensorInputs } from '../request.ts'
import { floatOutput, Session } from '../session.ts'
import { randomTokens, TINY } from '../testing/tinyModel.ts'
import { buildEvaluateProgram } from './evaluate.ts'
import { buildGenerateProgram } from './generate.ts'
import { buildTrainProgram, firstMoment, secondMoment, TRAIN_INPUT, TRAIN_OUTPUT, updatedName } from './train.ts'

/** Digests of the programs for TINY. Runs in progress have pinned theirs, so a change here breaks them: it must be meant. */
const PINNED: Readonly<Record<string, { readonly build: () => Uint8Array; readonly digest: string }>> = {
  train: {
    build: () => buildTrainProgram(TINY, { batch: 2 }),
    digest: 'af3489f1b18cc8414900d12809e5fd9666f3fde7b8ee9491678ed52db4423757',
  },
  evaluate: {
    build: () => buildEvaluateProgram(TINY, { batch: 2 }),
    digest: 'df90456b992b3aa901f4aa1944987fff9f24b8e8b427aa526ade9b220a786a87',
  },
  generate: {
    build: () => buildGenerateProgram(TINY),
    digest: '1c98ab2949c3a98df519171dbe4161aece60f00cc8c7eda96411810adce4b6ca',
  },
}

for (const [name, { build, digest }] of Object.entries(PINNED)) {
  test(`the bytes of the ${name} program are pinned`, () => {
    assert.equal(createHash('sha256').update(build()).digest('hex'), digest)
  })
}

test('options of the optimiser are part of the program', () => {
  const program = buildTrainProgram(TINY, { batch: 2, optimizer: { weightDecay: 0 } })
  assert.notDeepEqual(program, buildTrainProgram(TINY, { batch: 2 }))
})

test('the trip count says how many of the given steps are made', async () => {
  const [given, batch] = [5, 2]
  const specs = parameterSpecs(TINY)
  const zeros = new Float32Array(parameterCount(specs))
  const session = await Session.create(buildTrainProgram(TINY, { batch }))
  const run = (steps: number) =>
    session.run({
      ...tensorInputs(initialParameters(TINY, 1), specs),
      ...tensorInputs(zeros, specs, firstMoment),
      ...tensorInputs(zeros, specs, secondMoment),
      [TRAIN_INPUT.steps]: { data: BigInt64Array.of(BigInt(steps)), shape: [] },
      [TRAIN_INPUT.stepsBefore]: { data: Int32Array.of(0), shape: [] },
      [TRAIN_INPUT.learningRates]: { data: new Float32Array(given).fill(0.01), shape: [given] },
      [TRAIN_INPUT.tokens]: {
        data: randomTokens(given * batch * (TINY.context + 1), TINY.vocabSize),
        shape: [given, batch, TINY.context + 1],
      },
    })
  const [two, all] = [await run(2), await run(given)]
  const losses = floatOutput(all, TRAIN_OUTPUT.losses)
  assert.equal(losses.length, given)
  assert.deepEqual(floatOutput(two, TRAIN_OUTPUT.losses), losses.subarray(0, 2))
  assert.deepEqual(
    floatOutput(two, TRAIN_OUTPUT.gradientNorms),
    floatOutput(all, TRAIN_OUTPUT.gradientNorms).subarray(0, 2),
  )
  const head = updatedName('lm_head.weight')
  assert.notDeepEqual(floatOutput(two, head), floatOutput(all, head))
  await session.dispose()
})
