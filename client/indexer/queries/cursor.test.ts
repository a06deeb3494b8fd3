import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cursorOf, keyOf } from './cursor.ts'

test('a key comes back as it was', () => {
  const key = [7, '0xab', 0] as const
  assert.deepEqual(keyOf(cursorOf(key), ['number', 'text', 'number']), key)
  assert.match(cursorOf(key), /^[\w-]+$/)
  assert.equal(keyOf(undefined, ['number']), undefined)
})

test('what no page gave is refused', () => {
  const made = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const bad = ['', 'x', made(7), made(null), made({ 0: 1, length: 1 }), made([]), made([1, 2]), made(['1']), made([-1])]
  for (const cursor of [...bad, made([1.5]), made([2 ** 60]), made([null])])
    assert.throws(() => keyOf(cursor, ['number']), { code: 'indexer/bad-cursor' }, cursor)
  for (const cursor of [made(["'"]), made(['a'.repeat(129)]), made([1])])
    assert.throws(() => keyOf(cursor, ['text']), { code: 'indexer/bad-cursor' }, cursor)
})
