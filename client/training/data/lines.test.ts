import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { ByteSource } from './byteSource.ts'
import { START } from './documents.ts'
import { readLines } from './lines.ts'

/** `bytes`, of which a read gives no more than `most`. */
function stingy(bytes: Uint8Array, most: number): ByteSource {
  return {
    size: bytes.length,
    read: async (offset, length) => bytes.subarray(offset, offset + Math.min(length, most)),
  }
}

test('lines are the bytes of the file, cut after newlines and at the limit', async () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'é', '\u{1f600}', '\n', ' '), maxLength: 200 })
  await fc.assert(
    fc.asyncProperty(
      text,
      fc.integer({ min: 4, max: 50 }),
      fc.integer({ min: 1, max: 70 }),
      async (content, most, piece) => {
        const bytes = Buffer.from(content)
        const lines = await Array.fromAsync(readLines(stingy(bytes, piece), START, most))
        assert.equal(Buffer.concat(lines.map((line) => line.bytes)).toString(), content)
        let at = START
        for (const { cursor, bytes: line, continues } of lines) {
          assert.deepEqual(cursor, at)
          assert.ok(line.length <= most)
          // Whole characters: each part is UTF-8 of its own.
          new TextDecoder('utf-8', { fatal: true }).decode(line)
          const ends = line.at(-1) === 0x0a
          assert.equal(line.indexOf(0x0a), ends ? line.length - 1 : -1)
          assert.equal(continues, !ends && cursor.offset + line.length < bytes.length)
          at = { offset: at.offset + line.length, line: at.line + (ends ? 1 : 0) }
        }
        // Reading can begin at any of them.
        const from = lines[Math.floor(lines.length / 2)]
        if (from !== undefined) {
          const rest = await Array.fromAsync(readLines(stingy(bytes, piece), from.cursor, most))
          const texts = (parts: typeof lines) => parts.map((line) => [line.cursor, String.fromCharCode(...line.bytes)])
          assert.deepEqual(texts(rest), texts(lines.slice(lines.indexOf(from))))
        }
      },
    ),
  )
})

test('bytes that are no UTF-8 do not stop it', async () => {
  const lines = await Array.fromAsync(readLines(stingy(new Uint8Array(100).fill(0x80), 30), START, 16))
  assert.equal(
    lines.reduce((size, { bytes }) => size + bytes.length, 0),
    100,
  )
})
