import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parameterCount, parameterSpecs } from '../model/parameterSpecs.ts'
import { Random } from '../random.ts'
import { SMALL, TINY } from '../testing/tinyModel.ts'
import { bytesTokenizer as tokenizer } from '../tokenizer/bytesTokenizer.ts'
import type { Tokenizer } from '../tokenizer/tokenizer.ts'
import { type MultipleChoiceRequest, measureMultipleChoice } from './multipleChoice.ts'
import type { Question } from './questions.ts'
import { type ScoredRow, Scorer, type ScorerLike } from './scorer.ts'

const QUESTIONS: readonly Question[] = [
  { query: 'The sky is', choices: ['blue', 'a very green thing'], gold: 0 },
  { query: 'Grass is', choices: ['blue', 'a very green thing'], gold: 1 },
  { query: 'Snow is', choices: ['red', 'été'], gold: 1 },
]

/** A scorer whose texts cost what `nats` says of them, by the last token; notes the rows. */
function priced(nats: Readonly<Record<string, number>>): { readonly scorer: ScorerLike; readonly rows: string[] } {
  const rows: string[] = []
  const score = async (given: readonly ScoredRow[]): Promise<Float32Array[]> =>
    given.map(({ tokens, from }) => {
      const [before, scored] = [tokenizer.decode(tokens.subarray(0, from)), tokenizer.decode(tokens.subarray(from))]
      rows.push(`${before}|${scored}`)
      const result = new Float32Array(tokens.length - from)
      result[result.length - 1] = -(nats[scored] ?? Number.NaN)
      return result
    })
  return { scorer: { config: { ...SMALL, context: 40 }, score }, rows }
}

test('answers, their normalised form and the standard error are those worked out by hand', async () => {
  const { scorer, rows } = priced({ ' blue': 2, ' a very green thing': 4.5, ' red': 3, ' été': 4 })
  const done: number[] = []
  const result = await measureMultipleChoice({
    scorer,
    tokenizer,
    questions: QUESTIONS,
    onProgress: ({ questionsDone, questions }) => done.push(questionsDone, questions),
  })
  assert.deepEqual(rows.slice(0, 2), ['The sky is| blue', 'The sky is| a very green thing'])
  assert.equal(result.questions, 3)
  assert.deepEqual(result.logProbabilities, [
    [-2, -4.5],
    [-2, -4.5],
    [-3, -4],
  ])
  // Blue, blue and red: one right of three, standard error sqrt(1/3 * 2/3 / 2).
  assert.ok(Math.abs(result.acc.mean - 1 / 3) < 1e-12)
  assert.ok(Math.abs(result.acc.standardError! - Math.sqrt(2 / 9 / 2)) < 1e-12)
  // Per character: 2 / 4 against 4.5 / 18, the second choice twice; 3 / 3 against 4 / 3, the first, as é is one character of two bytes.
  assert.ok(Math.abs(result.accNorm.mean - 1 / 3) < 1e-12)
  assert.deepEqual(done, [3, 3])
})

test('of equally likely choices the first is taken, and one question has no standard error', async () => {
  const { scorer } = priced({ ' x': 1, ' y': 1 })
  const ask = (gold: number) =>
    measureMultipleChoice({ scorer, tokenizer, questions: [{ query: 'q', choices: ['x', 'y'], gold }] })
  assert.deepEqual((await ask(0)).acc, { mean: 1, standardError: undefined })
  assert.deepEqual((await ask(1)).accNorm, { mean: 0, standardError: undefined })
})

test('white space that ends the query is scored with the choice, and a delimiter is as given', async () => {
  const { scorer, rows } = priced({})
  const questions = [{ query: 'Answer: \n', choices: ['x', 'yz'], gold: 0 }]
  await measureMultipleChoice({ scorer, tokenizer, questions, delimiter: '' })
  assert.deepEqual(rows, ['Answer:| \nx', 'Answer:| \nyz'])
})

test('a long query loses its beginning, and its start goes before all', async () => {
  const { scorer, rows } = priced({})
  const starting: Tokenizer = {
    vocabSize: 256,
    startOfText: '^'.charCodeAt(0),
    encode: (text) => tokenizer.encode(text),
    decode: (tokens) => tokenizer.decode(tokens),
    decoder: () => tokenizer.decoder(),
  }
  const questions = [
    { query: 'q', choices: ['x', 'y'], gold: 0 },
    { query: `${'a'.repeat(40)}b`, choices: ['x', 'y'], gold: 0 },
  ]
  await measureMultipleChoice({ scorer, tokenizer: starting, questions })
  assert.equal(rows[0], '^q| x')
  assert.equal(rows[2], `${'a'.repeat(38)}b| x`)
})

test('a token that spans the seam is scored', async () => {
  const { scorer, rows } = priced({})
  // Pairs of bytes are one token: the query alone has as many tokens as with its choice.
  const pairs: Tokenizer = {
    vocabSize: 256,
    encode: (text) => tokenizer.encode(text).filter((_, index) => index % 2 === 0),
    decode: (tokens) => tokenizer.decode(tokens),
    decoder: () => tokenizer.decoder(),
  }
  const questions = [{ query: 'abc', choices: ['x', 'y'], gold: 0 }]
  await measureMultipleChoice({ scorer, tokenizer: pairs, questions, delimiter: '' })
  assert.deepEqual(rows, ['a|c', 'a|c'])
})

test('a model is asked', async () => {
  const random = new Random(9)
  const parameters = Float32Array.from({ length: parameterCount(parameterSpecs(SMALL)) }, () => random.normal() * 0.2)
  const scorer = await Scorer.create({ config: SMALL, parameters })
  const questions = Array.from({ length: 70 }, (_, index) => ({
    query: `Question ${index}`,
    choices: ['one', 'twelve', 'a hundred'],
    gold: index % 3,
  }))
  const result = await measureMultipleChoice({ scorer, tokenizer, questions })
  assert.equal(result.logProbabilities.length, 70)
  // Alone as in company.
  const [alone] = (await measureMultipleChoice({ scorer, tokenizer, questions: questions.slice(69) })).logProbabilities
  for (const [index, value] of alone!.entries())
    assert.ok(Math.abs(value - result.logProbabilities[69]![index]!) < 1e-4)
  const control = new AbortController()
  const reason = new Error('enough')
  const onProgress = (): void => control.abort(reason)
  await assert.rejects(
    measureMultipleChoice({ scorer, tokenizer, questions, signal: control.signal, onProgress }),
    reason,
  )
  await scorer.dispose()
})

test('what cannot be asked is refused', async () => {
  const { scorer } = priced({})
  const ask = (changes: Partial<MultipleChoiceRequest>) =>
    measureMultipleChoice({ scorer, tokenizer, questions: QUESTIONS, ...changes })
  await assert.rejects(ask({ questions: [] }), { code: 'evaluation/no-questions' })
  const short = { ...scorer, config: { ...TINY, context: 18 } }
  // 19 bytes with the delimiter: no token would stand before them.
  await assert.rejects(ask({ scorer: short }), { code: 'evaluation/choice-too-long' })
  await ask({ scorer: { ...scorer, config: { ...TINY, context: 19 } } })
})
