// The parts of a tokenizer one by one, against what Python's tokenizers makes of the same texts (test/vectors/tokenizerVectors.py).

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { createDecoder } from './decoders.ts'
import { createNormalizer } from './normalizers.ts'
import { createPreTokenizer } from './preTokenizers.ts'

interface Cases<T> {
  readonly config: { readonly type: string }
  readonly results: readonly T[]
}

const vectors = JSON.parse(
  readFileSync(new URL('../../../test/vectors/tokenizerComponents.json', import.meta.url), 'utf8'),
) as {
  texts: string[]
  rows: string[][]
  normalizers: Cases<string>[]
  preTokenizers: Cases<string[]>[]
  decoders: Cases<string>[]
}

for (const { config, results } of vectors.normalizers)
  test(`normalizer ${JSON.stringify(config)}`, () => {
    const normalize = createNormalizer(config)
    assert.deepEqual(
      vectors.texts.map((text) => normalize?.(text)),
      results,
    )
  })

for (const { config, results } of vectors.preTokenizers)
  test(`pre-tokenizer ${JSON.stringify(config)}`, () => {
    const { cut, finish } = createPreTokenizer(config)
    assert.deepEqual(
      vectors.texts.map((text) => cut(text, true).map(finish)),
      results,
    )
  })

for (const { config, results } of vectors.decoders)
  test(`decoder ${JSON.stringify(config)}`, () => {
    const { decode } = createDecoder(config)
    assert.deepEqual(vectors.rows.map(decode), results)
  })

test('what is not known to be the same is refused', () => {
  for (const type of ['Precompiled', 'Nmt', 'ByteLevel'])
    assert.throws(() => createNormalizer({ type }), { code: 'tokenizer/unsupported' })
  for (const type of ['CharDelimiterSplit', 'UnicodeScripts', 'FixedLength'])
    assert.throws(() => createPreTokenizer({ type }), { code: 'tokenizer/unsupported' })
  assert.throws(() => createDecoder({ type: 'CTC' }), { code: 'tokenizer/unsupported' })
  const mixed = { type: 'Sequence', decoders: [{ type: 'ByteLevel' }, { type: 'Fuse' }] }
  assert.throws(() => createDecoder(mixed), { code: 'tokenizer/unsupported' })
})

test('a pattern that could run for ever is refused, and one that is none', () => {
  const split = (Regex: string) => () => createPreTokenizer({ type: 'Split', pattern: { Regex }, behavior: 'Isolated' })
  for (const pattern of ['(a+)+', '(a*b?)*c', '((?:x|y+){2,})+', '(?:[^)]+)*'])
    assert.throws(split(pattern), { code: 'tokenizer/unsupported' }, pattern)
  for (const pattern of ['(a', '[z-a]', '', 'x'.repeat(5000)])
    assert.throws(split(pattern), { code: 'tokenizer/bad-file' }, pattern.slice(0, 20))
  for (const pattern of [String.raw`\(a+\)+`, '[(+]+', '(?:ab)+', 'a{2,3}'])
    assert.doesNotThrow(split(pattern), pattern)
})

test('a character beyond the basic plane at the end of a text is a word', () => {
  assert.deepEqual(createPreTokenizer({ type: 'Whitespace' }).cut('a \u{20000}', true), ['a', '\u{20000}'])
})
