import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { bytesTokenizer } from './bytesTokenizer.ts'

test('any text comes back from its bytes, whole or one by one', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const tokens = bytesTokenizer.encode(text)
      assert.ok(tokens.every((token) => token >= 0 && token < bytesTokenizer.vocabSize))
      assert.equal(bytesTokenizer.decode(tokens), text.toWellFormed())
      const decoder = bytesTokenizer.decoder()
      const pieces = Array.from(tokens, (token) => decoder.push(token))
      assert.equal(pieces.join('') + decoder.end(), text.toWellFormed())
    }),
  )
})

test('half a character waits for its rest', () => {
  const decoder = bytesTokenizer.decoder()
  assert.deepEqual(
    [0xe4, 0xba, 0xba, 0x41].map((byte) => decoder.push(byte)),
    ['', '', '人', 'A'],
  )
  assert.equal(decoder.push(0xe4), '')
  assert.equal(decoder.end(), '\ufffd')
  assert.equal(decoder.push(0x41), 'A', 'it starts anew')
})

test('what is no UTF-8 becomes U+FFFD, and a byte order mark stays', () => {
  assert.equal(bytesTokenizer.decode([0xff, 0x41, 0xc3]), '\ufffdA\ufffd')
  assert.equal(bytesTokenizer.decode([0xef, 0xbb, 0xbf, 0x41]), '\ufeffA')
})

test('a token that is no byte is refused', () => {
  for (const token of [256, -1, 0.5, Number.NaN])
    assert.throws(() => bytesTokenizer.decode([token]), { code: 'tokenizer/bad-token' })
  assert.throws(() => bytesTokenizer.decoder().push(256), { code: 'tokenizer/bad-token' })
})
