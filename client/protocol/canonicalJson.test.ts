import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { canonicalJson, decodeJson, encodeJson, type Json } from './canonicalJson.ts'

const refusal = { code: 'manifest/invalid', hint: 'none' }

test('one content has one text, whatever the order of its keys', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = canonicalJson(value as Json)
      assert.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(value)))
      assert.equal(canonicalJson(JSON.parse(text) as Json), text)
      assert.deepEqual(decodeJson(encodeJson(value as Json), 1e6, refusal), JSON.parse(text))
    }),
  )
  assert.equal(canonicalJson({ b: 1, a: [true, null, 'x"'], c: undefined }), '{"a":[true,null,"x\\""],"b":1}')
})

test('numbers that are none are refused', () => {
  for (const number of [Number.NaN, Number.POSITIVE_INFINITY])
    assert.throws(() => canonicalJson({ a: [number] }), { code: 'protocol/not-json' })
})
