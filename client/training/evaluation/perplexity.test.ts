import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parameterCount, parameterSpecs } from '../model/parameterSpecs.ts'
import { Random } from '../random.ts'
import { ALICE } from '../testing/text.ts'
import { SMALL, TINY } from '../testing/tinyModel.ts'
import { bytesTokenizer as tokenizer } from '../tokenizer/bytesTokenizer.ts'
import type { Tokenizer } from '../tokenizer/tokenizer.ts'
import { measurePerplexity } from './perplexity.ts'
import { type ScoredRow, Scorer, type ScorerLike } from './scorer.ts'

/** Each character of "abcdef" is a token. */
const letters: Tokenizer = {
  vocabSize: TINY.vocabSize,
  encode: (text) => Int32Array.from(text, (letter) => letter.charCodeAt(0) - 97),
  decode: (tokens) => String.fromCharCode(...Array.from(tokens, (token) => token + 97)),
  decoder: () => ({ push: () => '', end: () => '' }),
}
const started: Tokenizer = { ...letters, startOfText: 6 }
const ended: Tokenizer = { ...letters, endOfText: 5 }

/** A scorer that notes the rows, and gives token t the log-probability -t - 1. */
function noting(context: number): { readonly scorer: ScorerLike; readonly rows: string[] } {
  const rows: string[] = []
  const score = async (given: readonly ScoredRow[]): Promise<Float32Array[]> =>
    given.map(({ tokens, from }) => {
      rows.push(`${letters.decode(tokens.subarray(0, from))}|${letters.decode(tokens.subarray(from))}`)
      return Float32Array.from(tokens.subarray(from), (token) => -token - 1)
    })
  return { scorer: { config: { ...TINY, context }, score }, rows }
}

test('every token is scored once, in windows of the stride', async () => {
  const cases = [
    { tokenizer: letters, stride: 1, rows: ['a|bcd', 'bcd|e', 'cde|f'] },
    { tokenizer: letters, stride: 2, rows: ['a|bcd', 'cd|ef'] },
    { tokenizer: letters, stride: 3, rows: ['a|bcd', 'cd|ef'] },
    { tokenizer: started, stride: 1, rows: ['g|abc', 'abc|d', 'bcd|e', 'cde|f'] },
    { tokenizer: started, stride: 2, rows: ['g|abc', 'bc|de', 'cde|f'] },
    { tokenizer: ended, stride: 3, rows: ['f|abc', 'c|def'] },
    { tokenizer: ended, stride: undefined, rows: ['f|abc', 'bc|de', 'cde|f'] },
  ]
  for (const { tokenizer, stride, rows } of cases) {
    const note = noting(3)
    const options = stride === undefined ? {} : { stride }
    const result = await measurePerplexity({ scorer: note.scorer, tokenizer, text: 'abcdef', ...options })
    assert.deepEqual(note.rows, rows)
    assert.equal(result.tokens, 6)
    // The first token follows the one that opens a text; without one it costs as much as under equal chances.
    const nats = tokenizer === letters ? Math.log(TINY.vocabSize) + 2 + 3 + 4 + 5 + 6 : 21
    assert.ok(Math.abs(result.nats - nats) < 1e-9)
  }
})

test('a text of one token is measured too', async () => {
  const { scorer, rows } = noting(3)
  const alone = await measurePerplexity({ scorer, tokenizer: letters, text: 'c' })
  assert.deepEqual(rows, [])
  assert.ok(Math.abs(alone.perplexity - TINY.vocabSize) < 1e-9)
  const after = await measurePerplexity({ scorer, tokenizer: started, text: 'c' })
  assert.deepEqual(rows, ['g|c'])
  assert.ok(Math.abs(after.bitsPerByte - 3 / Math.LN2) < 1e-9)
})

test('a model that prefers nothing costs log2 of its vocabulary a token', async () => {
  const random = new Random(1)
  const specs = parameterSpecs(SMALL)
  const parameters = Float32Array.from({ length: parameterCount(specs) }, () => random.normal() * 0.1)
  // The head comes last; the rest does not matter.
  parameters.fill(0, parameters.length - SMALL.vocabSize * SMALL.dModel)
  const scorer = await Scorer.create({ config: SMALL, parameters })
  const result = await measurePerplexity({ scorer, tokenizer, text: ALICE })
  assert.equal(result.tokens, ALICE.length)
  assert.equal(result.bytes, ALICE.length)
  for (const bits of [result.bitsPerByte, result.bitsPerToken]) assert.ok(Math.abs(bits - 8) < 1e-6, `${bits}`)
  assert.ok(Math.abs(result.perplexity - 256) < 1e-3)
  // Each of these is four bytes of UTF-8 and two units of UTF-16.
  const emoji = await measurePerplexity({ scorer, tokenizer, text: '🌍🌍🌍' })
  assert.deepEqual([emoji.tokens, emoji.bytes], [12, 12])
  assert.ok(Math.abs(emoji.bitsPerByte - 8) < 1e-6)
  await scorer.dispose()
})

test('bits are counted by bytes, not by tokens', async () => {
  const { scorer } = noting(3)
  const wide: Tokenizer = { ...started, encode: (text) => letters.encode(text.replaceAll('é', 'b')) }
  const result = await measurePerplexity({ scorer, tokenizer: wide, text: 'éaé' })
  assert.deepEqual([result.tokens, result.bytes, result.nats], [3, 5, 5])
  assert.ok(Math.abs(result.bitsPerByte - 1 / Math.LN2) < 1e-9)
  assert.ok(Math.abs(result.perplexity - Math.exp(5 / 3)) < 1e-9)
})

test('what cannot be measured is refused', async () => {
  const { scorer } = noting(3)
  await assert.rejects(measurePerplexity({ scorer, tokenizer: letters, text: '' }), { code: 'evaluation/no-text' })
  for (const stride of [0, 4, 1.5])
    await assert.rejects(measurePerplexity({ scorer, tokenizer: letters, text: 'abc', stride }), {
      code: 'training/bad-request',
    })
})
