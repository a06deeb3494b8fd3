import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { editDistance, nearest } from './nearest.ts'

test('editDistance: known pairs', () => {
  assert.equal(editDistance('kitten', 'sitting'), 3)
  assert.equal(editDistance('', 'abc'), 3)
  assert.equal(editDistance('prot', 'port'), 1, 'a swap counts once')
  assert.equal(editDistance('rpc-url', 'rpc-url'), 0)
})

test('editDistance: symmetric, zero only for equals, at least the difference of lengths', () => {
  const word = fc.string({ maxLength: 12 })
  fc.assert(
    fc.property(word, word, (a, b) => {
      const distance = editDistance(a, b)
      assert.equal(distance, editDistance(b, a))
      assert.equal(distance === 0, a === b)
      assert.ok(distance >= Math.abs(a.length - b.length) && distance <= Math.max(a.length, b.length))
    }),
  )
})

test('nearest: the closest candidate, or none when all are far', () => {
  assert.equal(nearest('rcp-url', ['port', 'rpc-url', 'data-dir']), 'rpc-url')
  assert.equal(nearest('verbose', ['port', 'rpc-url']), undefined)
  assert.equal(nearest('x', []), undefined)
})
