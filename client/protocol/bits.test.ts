import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { BitReader, BitWriter } from './bits.ts'

type Piece = { unary: number } | { value: number; count: number }

const piece: fc.Arbitrary<Piece> = fc.oneof(
  fc.record({ unary: fc.nat({ max: 70 }) }),
  fc
    .integer({ min: 0, max: 24 })
    .chain((count) => fc.record({ value: fc.nat({ max: 2 ** count - 1 }), count: fc.constant(count) })),
)

test('what is written is read, and is the bits in order', () => {
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), fc.nat({ max: 5 }), (pieces, start) => {
      const bytes = new Uint8Array(400)
      const writer = new BitWriter(bytes, start)
      let text = ''
      for (const item of pieces) {
        if ('unary' in item) {
          writer.writeUnary(item.unary)
          text += `${'1'.repeat(item.unary)}0`
        } else {
          writer.write(item.value, item.count)
          text += item.count === 0 ? '' : item.value.toString(2).padStart(item.count, '0')
        }
      }
      assert.equal(writer.end, start + Math.ceil(text.length / 8))
      const written = [...bytes.subarray(start, writer.end)].map((byte) => byte.toString(2).padStart(8, '0')).join('')
      assert.equal(written, text.padEnd(8 * Math.ceil(text.length / 8), '0'))

      const reader = new BitReader(bytes, start, writer.end)
      for (const item of pieces)
        if ('unary' in item) assert.equal(reader.readUnary(70), item.unary)
        else assert.equal(reader.read(item.count), item.value)
      assert.equal(reader.left, 8 * (writer.end - start) - text.length)
    }),
  )
})

test('nothing is read past the end, or past a limit', () => {
  const reader = new BitReader(Uint8Array.of(0xff, 0xff), 0, 1)
  assert.equal(reader.read(9), -1)
  assert.equal(reader.read(1), -1, 'and nothing after that')
  assert.equal(new BitReader(Uint8Array.of(0xff), 0, 1).readUnary(100), -1)
  assert.equal(new BitReader(Uint8Array.of(0xfe), 0, 1).readUnary(7), 7)
  assert.equal(new BitReader(Uint8Array.of(0xfe), 0, 1).readUnary(6), -1)
})
