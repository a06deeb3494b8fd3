import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { MAX_SHORT_MESSAGE, ShortSha256 } from './shortSha256.ts'

const wanted = (message: Uint8Array): string => createHash('sha256').update(message).digest('hex')

const hasher = new ShortSha256()
function digest(message: Uint8Array): string {
  const out = new Uint8Array(40).fill(0xee)
  hasher.message.set(message)
  hasher.digest(message.length, out, 3)
  assert.deepEqual([...out.subarray(0, 3), ...out.subarray(35)], new Array(8).fill(0xee), 'nothing else is written')
  return Buffer.from(out.subarray(3, 35)).toString('hex')
}

test('the standard’s examples', () => {
  const text = (message: string): string => digest(new TextEncoder().encode(message))
  assert.equal(text('abc'), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
  assert.equal(
    text('abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq'),
    '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
  )
})

test('every length gives what the native one gives', () => {
  for (let length = 0; length <= MAX_SHORT_MESSAGE; length += length < 200 ? 1 : 37) {
    const message = Uint8Array.from({ length }, (_, i) => 31 * i + length)
    assert.equal(digest(message), wanted(message), `${length}`)
  }
  const longest = new Uint8Array(MAX_SHORT_MESSAGE).fill(0xff)
  assert.equal(digest(longest), wanted(longest))
})

test('any bytes give what the native one gives, whatever was hashed before', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (message) => {
      assert.equal(digest(message), wanted(message))
    }),
    { numRuns: 500 },
  )
})

test('longer messages are refused', () => {
  assert.throws(() => hasher.digest(MAX_SHORT_MESSAGE + 1, new Uint8Array(32), 0), RangeError)
})
