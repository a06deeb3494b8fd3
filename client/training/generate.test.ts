import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { Evaluator } from './evaluator.ts'
import { type GenerateRequest, Generator, sampleToken } from './generate.ts'
import { parameterCount, parameterSpecs } from './model/parameterSpecs.ts'
import { buildEvaluateProgram } from './programs/evaluate.ts'
import { buildGenerateProgram, GENERATE_INPUT, GENERATE_OUTPUT } from './programs/generate.ts'
import { Random } from './random.ts'
import { tensorInputs } from './request.ts'
import { floatOutput, Session } from './session.ts'
import { randomTokens, TINY } from './testing/tinyModel.ts'

const program = buildGenerateProgram(TINY)
const generator = await Generator.create({ program, config: TINY })
after(() => generator.dispose())

const random = new Random(17)
const parameters = Float32Array.from({ length: parameterCount(parameterSpecs(TINY)) }, () => random.normal())
const request: GenerateRequest = {
  parameters,
  prompt: Int32Array.of(1, 2),
  maxTokens: 12,
  temperature: 1,
  topK: TINY.vocabSize,
  seed: 1,
}

async function generated(changes: Partial<GenerateRequest> = {}): Promise<number[]> {
  return Array.fromAsync(generator.generate({ ...request, ...changes }))
}

test('a seed gives the same tokens again, another seed others', async () => {
  const tokens = await generated()
  assert.equal(tokens.length, 12)
  assert.deepEqual(await generated(), tokens)
  assert.notDeepEqual(await generated({ seed: 2 }), tokens)
})

test('temperature 0 and the likeliest token alone are the same, whatever the seed', async () => {
  const greedy = await generated({ temperature: 0 })
  assert.deepEqual(await generated({ topK: 1, seed: 9 }), greedy)
})

test('of a prompt longer than the context the end counts', async () => {
  const long = Int32Array.of(6, 5, 4, 3, 2, 1)
  assert.deepEqual(await generated({ prompt: long }), await generated({ prompt: Uint8Array.of(3, 2, 1) }))
})

test('the scores are those of the evaluation program', async () => {
  const row = randomTokens(TINY.context + 1, TINY.vocabSize, 3)
  const session = await Session.create(program)
  let total = 0
  for (let position = 0; position < TINY.context; position++) {
    const outputs = await session.run({
      ...tensorInputs(parameters, parameterSpecs(TINY)),
      [GENERATE_INPUT.tokens]: { data: row.slice(0, TINY.context), shape: [1, TINY.context] },
      [GENERATE_INPUT.position]: { data: Int32Array.of(position), shape: [] },
    })
    const logits = Array.from(floatOutput(outputs, GENERATE_OUTPUT.logits))
    total += Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit), 0)) - logits[row[position + 1]!]!
  }
  await session.dispose()
  const evaluator = await Evaluator.create({
    program: buildEvaluateProgram(TINY, { batch: 1 }),
    config: TINY,
    batch: 1,
  })
  const [loss] = await evaluator.loss({ parameters, samples: row })
  await evaluator.dispose()
  assert.ok(Math.abs(loss! - total / TINY.context) < 1e-5, `${loss}, ${total / TINY.context}`)
})

test('a token is drawn as often as its weight says', () => {
  const draws = new Random(5)
  const counts = [0, 0, 0]
  // Weights 1, 2 and 1 at temperature 2.
  const logits = Float32Array.of(0, 2 * Math.log(2), 0)
  for (let draw = 0; draw < 40_000; draw++)
    counts[sampleToken(logits, { temperature: 2, topK: 3, random: draws })]! += 1
  // Five standard deviations: sqrt(40000 / 4) = 100.
  for (const [token, expected] of [10_000, 20_000, 10_000].entries())
    assert.ok(Math.abs(counts[token]! - expected) < 500, counts.join())
})

test('only the likeliest tokens are drawn, and of equal ones the lower', () => {
  const draws = new Random(6)
  const logits = Float32Array.of(3, 5, 5, 3, 5)
  const seen = new Set(
    Array.from({ length: 200 }, () => sampleToken(logits, { temperature: 1, topK: 2, random: draws })),
  )
  assert.deepEqual([...seen].sort(), [1, 2])
})

test('an abort ends the text', async () => {
  const control = new AbortController()
  const reason = new Error('enough')
  const read = async (): Promise<void> => {
    for await (const token of generator.generate({ ...request, signal: control.signal }))
      if (token >= 0) control.abort(reason)
  }
  await assert.rejects(read(), reason)
})

test('a request that makes no sense is refused', async () => {
  const wrong: readonly Partial<GenerateRequest>[] = [
    { prompt: new Int32Array(0) },
    { prompt: Int32Array.of(TINY.vocabSize) },
    { maxTokens: 0 },
    { topK: 0 },
    { temperature: -1 },
    { temperature: Number.NaN },
    { temperature: Number.POSITIVE_INFINITY },
    { seed: -1 },
  ]
  for (const part of wrong) await assert.rejects(generated(part), { code: 'training/bad-request' })
  assert.throws(() => sampleToken(new Float32Array(0), { temperature: 1, topK: 1, random }), {
    code: 'training/bad-request',
  })
  await assert.rejects(generated({ parameters: parameters.with(0, Number.NaN), prompt: Int32Array.of(0) }), {
    code: 'training/not-finite',
  })
})
