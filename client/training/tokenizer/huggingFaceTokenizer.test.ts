// Whole tokenizers against Python's: the same tokens for awkward text, the same text for any tokens (test/vectors/tokenizerVectors.py).

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { huggingFaceTokenizer, MAX_TOKENIZER_BYTES } from './huggingFaceTokenizer.ts'

interface Expected {
  readonly vocabSize: number
  readonly ids: number[][]
  readonly decoded: string[]
  /** With special tokens taken as text, by number of the text, where that differs. */
  readonly asText: Record<string, number[]>
  readonly rows: number[][]
  readonly rowTexts: string[]
}

const folder = new URL('../../../test/vectors/', import.meta.url)
const expected = JSON.parse(readFileSync(new URL('tokenizerExpected.json', folder), 'utf8')) as {
  texts: string[]
  tokenizers: Record<string, Expected>
}

function fileOf(name: string): Buffer {
  return readFileSync(new URL(`tokenizer-${name}.json`, folder))
}

for (const [name, { vocabSize, ids, decoded, asText, rows, rowTexts }] of Object.entries(expected.tokenizers)) {
  const tokenizer = huggingFaceTokenizer(fileOf(name))
  const streamed = (tokens: readonly number[]): string => {
    const decoder = tokenizer.decoder()
    return tokens.map((token) => decoder.push(token)).join('') + decoder.end()
  }

  test(`${name}: text has the tokens of the reference`, () => {
    assert.equal(tokenizer.vocabSize, vocabSize)
    for (const [i, text] of expected.texts.entries()) {
      assert.deepEqual([...tokenizer.encode(text)], ids[i], JSON.stringify(text))
      const plain = tokenizer.encode(text, { specialTokens: 'text' })
      assert.deepEqual([...plain], asText[i] ?? ids[i], `special tokens as text in ${JSON.stringify(text)}`)
    }
  })

  test(`${name}: tokens have the text of the reference, whole and as they arrive`, () => {
    for (const [i, text] of decoded.entries()) {
      assert.equal(tokenizer.decode(ids[i]!), text)
      assert.equal(streamed(ids[i]!), text)
    }
    for (const [i, text] of rowTexts.entries()) {
      assert.equal(tokenizer.decode(rows[i]!), text)
      // Of a run of bytes that is no UTF-8, what was sound has been told before that is known.
      if (!text.includes('\ufffd')) assert.equal(streamed(rows[i]!), text)
    }
  })
}

test('a lone surrogate counts as U+FFFD', () => {
  const tokenizer = huggingFaceTokenizer(fileOf('gpt2'))
  assert.deepEqual(tokenizer.encode('a\ud800b'), tokenizer.encode('a\ufffdb'))
})

test('a character of several tokens is told when it is complete', () => {
  for (const name of ['gpt2', 'llama2']) {
    const tokenizer = huggingFaceTokenizer(fileOf(name))
    const decoder = tokenizer.decoder()
    const pieces = Array.from(tokenizer.encode('a\u{1fae0}b'), (token) => decoder.push(token))
    assert.equal(pieces.join('') + decoder.end(), 'a\u{1fae0}b')
    assert.ok(pieces.every((piece) => !piece.includes('\ufffd')))
    assert.ok(pieces.includes('\u{1fae0}'))
  }
})

test('it says what begins and what ends a text', () => {
  const config = (value: object) => new TextEncoder().encode(JSON.stringify(value))
  const ends = (name: string, settings?: object) => {
    const { startOfText, endOfText } = huggingFaceTokenizer(fileOf(name), settings && config(settings))
    return [startOfText, endOfText]
  }
  assert.deepEqual(ends('gpt2'), [undefined, 0])
  assert.deepEqual(ends('llama2'), [1, 2])
  assert.deepEqual(ends('wordPiece'), [undefined, undefined])
  assert.deepEqual(ends('llama2', { add_bos_token: false, eos_token: { content: '<unk>' } }), [undefined, 0])
  assert.deepEqual(ends('gemma', { add_bos_token: true, bos_token: '<bos>' }), [2, 1])
  assert.throws(() => ends('gpt2', { eos_token: '<none>' }), { code: 'tokenizer/bad-file' })
})

test('a token that is not in the vocabulary is refused', () => {
  const tokenizer = huggingFaceTokenizer(fileOf('gpt2'))
  for (const token of [tokenizer.vocabSize, -1, 1.5])
    assert.throws(() => tokenizer.decode([token]), { code: 'tokenizer/bad-token' })
  assert.throws(() => tokenizer.decoder().push(tokenizer.vocabSize), { code: 'tokenizer/bad-token' })
})

type File = Record<string, unknown> & { model: Record<string, unknown> }

const bpe = { type: 'BPE', vocab: { a: 0, b: 1, ab: 2 }, merges: ['a b'] }
const good: File = { added_tokens: [], normalizer: null, pre_tokenizer: null, decoder: null, model: bpe }

function read(file: unknown): unknown {
  return huggingFaceTokenizer(new TextEncoder().encode(JSON.stringify(file)))
}

test('a small file is read', () => {
  const tokenizer = huggingFaceTokenizer(new TextEncoder().encode(JSON.stringify(good)))
  assert.deepEqual([...tokenizer.encode('abba')], [2, 1, 0])
  assert.equal(tokenizer.decode([2, 1]), 'ab b', 'without a decoder tokens stand with spaces between')
  assert.equal(tokenizer.decode([]), '')
})

test('a file that is broken is refused', () => {
  const added = (token: object) => ({ ...good, added_tokens: [{ id: 3, content: '<s>', ...token }] })
  const model = (fields: object) => ({ ...good, model: { ...bpe, ...fields } })
  const broken: readonly unknown[] = [
    null,
    [],
    'text',
    {},
    { model: [] },
    { ...good, added_tokens: {} },
    { ...good, normalizer: 'NFC' },
    { ...good, normalizer: { type: 'Sequence', normalizers: Array(65).fill({ type: 'NFC' }) } },
    { ...good, pre_tokenizer: { type: 'Metaspace', replacement: 'ab' } },
    { ...good, pre_tokenizer: { type: 'Metaspace', prepend_scheme: 'sometimes' } },
    { ...good, pre_tokenizer: { type: 'Split', pattern: {}, behavior: 'Isolated' } },
    { ...good, pre_tokenizer: { type: 'Split', pattern: { String: ' ' }, behavior: 'Whatever' } },
    { ...good, decoder: { type: 'Strip', content: ' ', start: 1e9, stop: 0 } },
    added({ id: -1 }),
    added({ id: 2 ** 20 }),
    added({ id: 2 }),
    added({ content: 'ab' }),
    added({ content: '' }),
    added({ special: 'yes' }),
    model({ vocab: {} }),
    model({ vocab: [] }),
    model({ vocab: { a: 0, b: 2 ** 32, ab: 2 } }),
    model({ vocab: { a: 0, b: 1.5, ab: 2 } }),
    model({ vocab: { a: 0, b: 0, ab: 2 } }),
    model({ vocab: { ['x'.repeat(5000)]: 0 }, merges: [] }),
    model({ merges: {} }),
    model({ merges: ['a'] }),
    model({ merges: ['a b a'] }),
    model({ merges: [['a', 1]] }),
    model({ merges: ['b a'] }),
    model({ unk_token: '<unk>' }),
    { ...good, model: { type: 'WordPiece', vocab: { a: 0 }, unk_token: 'b' } },
    { ...good, model: { type: 'WordPiece', vocab: { a: 0 }, unk_token: 'a', max_input_chars_per_word: 1e9 } },
    { ...good, model: { type: 'Unigram', vocab: [], unk_id: 0 } },
    { ...good, model: { type: 'Unigram', vocab: [['a', 'b']], unk_id: 0 } },
    { ...good, model: { type: 'Unigram', vocab: [['a', 0]], unk_id: 1 } },
    { ...good, model: { type: 'Unigram', vocab: [['a', 0]], unk_id: null } },
    { ...good, model: { type: 'Unigram', vocab: [['a', 0]], unk_id: 0, byte_fallback: true } },
    {
      ...good,
      model: {
        type: 'Unigram',
        vocab: [
          ['a', 0],
          ['a', -1],
        ],
        unk_id: 0,
      },
    },
  ]
  for (const file of broken)
    assert.throws(() => read(file), { code: 'tokenizer/bad-file' }, JSON.stringify(file)?.slice(0, 200))
  for (const bytes of [
    Uint8Array.of(0xff),
    new TextEncoder().encode('{'),
    new Uint8Array(),
    Buffer.from('['.repeat(1e6)),
  ])
    assert.throws(() => huggingFaceTokenizer(bytes), { code: 'tokenizer/bad-file' })
})

test('a model that would give other tokens than the reference is refused', () => {
  const model = (fields: object) => ({ ...good, model: { ...bpe, ...fields } })
  const bytes = { vocab: { '<0x41>': 0, a: 1, '<0x41>a': 2 }, merges: ['<0x41> a'], byte_fallback: true }
  const files = [
    model({ type: 'WordLevel' }),
    model({ dropout: 0.1 }),
    model({ continuing_subword_prefix: '##' }),
    model(bytes),
  ]
  for (const file of files) assert.throws(() => read(file), { code: 'tokenizer/unsupported' })
})

test('a file beyond the limit is refused before it is read', () => {
  assert.throws(() => huggingFaceTokenizer(new Uint8Array(MAX_TOKENIZER_BYTES + 1)), { code: 'tokenizer/too-large' })
})

test('unknown text of Unigram is bytes where the vocabulary has them', () => {
  const hex = (byte: number) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`
  const vocab = [['<unk>', 0], ...Array.from({ length: 256 }, (_, byte) => [hex(byte), -20]), ['a', -1], ['aa', -1.5]]
  const model = { type: 'Unigram', vocab, unk_id: 0, byte_fallback: true }
  const tokenizer = huggingFaceTokenizer(new TextEncoder().encode(JSON.stringify({ ...good, model })))
  assert.deepEqual([...tokenizer.encode('aaaé')], [257, 258, 1 + 0xc3, 1 + 0xa9])
})
