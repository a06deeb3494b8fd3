import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { Decoder } from './decoder.ts'
import { Evaluator } from './evaluator.ts'
import { type GenerateRequest, Generator } from './generate.ts'
import { parameterCount, parameterSpecs } from './model/parameterSpecs.ts'
import { buildEvaluateProgram } from './programs/evaluate.ts'
import { buildGenerateProgram } from './programs/generate.ts'
import { Random } from './random.ts'
import { checkSampling, sampleToken } from './sampling.ts'
import { Session } from './session.ts'
import { randomTokens, TINY, TINY_FULL } from './testing/tinyModel.ts'

const CONFIG = { ...TINY_FULL, context: 8 }
const program = buildGenerateProgram(CONFIG)
const generator = await Generator.create({ program, config: CONFIG })
const session = await Session.create(program)
after(async () => {
  await generator.dispose()
  await session.dispose()
})

const random = new Random(17)
const parameters = Float32Array.from({ length: parameterCount(parameterSpecs(CONFIG)) }, () => random.normal())
const request: GenerateRequest = { parameters, prompt: Int32Array.of(1, 2), maxTokens: 30, seed: 1 }

async function generated(changes: Partial<GenerateRequest> = {}): Promise<number[]> {
  return Array.fromAsync(generator.generate({ ...request, ...changes }))
}

test('a seed gives the same tokens again, another seed others', async () => {
  const tokens = await generated()
  assert.equal(tokens.length, 30)
  assert.deepEqual(await generated(), tokens)
  assert.notDeepEqual(await generated({ seed: 2 }), tokens)
})

test('temperature 0 and the likeliest token alone are the same, whatever the seed', async () => {
  const greedy = await generated({ temperature: 0 })
  assert.deepEqual(await generated({ topK: 1, seed: 9 }), greedy)
  assert.deepEqual(await generated({ topP: 1e-6, seed: 9 }), greedy)
})

test('of a prompt longer than the context the end counts', async () => {
  const long = randomTokens(20, CONFIG.vocabSize)
  assert.deepEqual(await generated({ prompt: long }), await generated({ prompt: Uint8Array.from(long.slice(-8)) }))
})

test('a text that outgrows the context goes on from its later half', async () => {
  const text = [1, 2]
  const decoder = new Decoder(session, CONFIG, parameters)
  const draws = new Random(request.seed)
  const expected: number[] = []
  let window = text
  for (let count = 0; count < request.maxTokens; count++) {
    // Everything anew for every token: what a cache must not change.
    decoder.clear()
    const token = sampleToken(await decoder.append(window), checkSampling({}), draws)
    expected.push(token)
    window = [...window, token]
    if (window.length > CONFIG.context) window = window.slice(-CONFIG.context / 2)
  }
  assert.deepEqual(await generated(), expected)
})

test('a stop token ends the text and is not part of it', async () => {
  const tokens = await generated()
  const stop = tokens[5]!
  assert.deepEqual(await generated({ stop: [stop] }), tokens.slice(0, tokens.indexOf(stop)))
})

test('a penalty keeps a text from repeating itself', async () => {
  const distinct = async (repetitionPenalty: number): Promise<number> =>
    new Set(await generated({ temperature: 0, maxTokens: 6, repetitionPenalty })).size
  assert.ok((await distinct(1e6)) > (await distinct(1)))
})

test('the scores are those of the evaluation program', async () => {
  const config = { ...TINY, context: 4 }
  const weights = parameters.slice(0, parameterCount(parameterSpecs(config)))
  const own = await Session.create(buildGenerateProgram(config))
  const decoder = new Decoder(own, config, weights)
  const row = randomTokens(config.context + 1, config.vocabSize, 3)
  let total = 0
  for (let position = 0; position < config.context; position++) {
    const logits = Array.from(await decoder.append([row[position]!]))
    total += Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit), 0)) - logits[row[position + 1]!]!
  }
  await own.dispose()
  const evaluator = await Evaluator.create({ program: buildEvaluateProgram(config, { batch: 1 }), config, batch: 1 })
  const [loss] = await evaluator.loss({ parameters: weights, samples: row })
  await evaluator.dispose()
  assert.ok(Math.abs(loss! - total / config.context) < 1e-5, `${loss}, ${total / config.context}`)
})

test('a long prompt is read in pieces', async () => {
  const config = { ...CONFIG, context: 300 }
  const own = await Session.create(buildGenerateProgram(config))
  const tokens = randomTokens(300, config.vocabSize)
  const [decoder, other] = [new Decoder(own, config, parameters), new Decoder(own, config, parameters)]
  const whole = await decoder.append(tokens)
  for (const token of tokens.subarray(0, 299)) await other.append([token])
  const last = await other.append(tokens.subarray(299))
  await own.dispose()
  assert.equal(decoder.length, 300)
  for (const [index, logit] of whole.entries()) assert.ok(Math.abs(logit - last[index]!) < 1e-4)
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
    { prompt: Int32Array.of(CONFIG.vocabSize) },
    { maxTokens: 0 },
    { topK: 0 },
    { seed: -1 },
  ]
  for (const part of wrong) await assert.rejects(generated(part), { code: 'training/bad-request' })
  await assert.rejects(generated({ parameters: parameters.with(0, Number.NaN), prompt: Int32Array.of(0) }), {
    code: 'training/not-finite',
  })
})

test('a text does not outgrow the context behind the back of its reader', async () => {
  const decoder = new Decoder(session, CONFIG, parameters)
  await assert.rejects(decoder.append([]), { code: 'training/bad-request' })
  await decoder.append([1, 2, 3, 4, 5])
  await assert.rejects(decoder.append([1, 2, 3, 4]), { code: 'training/bad-request' })
  assert.equal(decoder.length, 5)
})
