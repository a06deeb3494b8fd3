import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { BitWriter } from './bits.ts'

type Piece = { ones: number } | { value: number; count: number }

const piece: fc.Arbitrary<Piece> = fc.oneof(
  fc.record({ ones: fc.nat({ max: 70 }) }),
  fc
    .integer({ min: 0, max: 24 })
    .chain((count) => fc.record({ value: fc.nat({ max: 2 ** count - 1 }), count: fc.constant(count) })),
)

test('what is written is the bits in order, and nothing else', () => {
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), fc.nat({ max: 5 }), (pieces, start) => {
      const bytes = new Uint8Array(400).fill(0xa5)
      const writer = new BitWriter(bytes, start)
      let text = ''
      for (const item of pieces) {
        if ('ones' in item) {
          writer.writeOnes(item.ones)
          text += '1'.repeat(item.ones)
        } else {
          writer.write(item.value, item.count)
          text += item.count === 0 ? '' : item.value.toString(2).padStart(item.count, '0')
        }
      }
      const end = writer.finish()
      assert.equal(end, start + Math.ceil(text.length / 8))
      const written = [...bytes.subarray(start, end)].map((byte) => byte.toString(2).padStart(8, '0')).join('')
      assert.equal(written, text.padEnd(8 * Math.ceil(text.length / 8), '0'))
      assert.ok(bytes.every((byte, at) => (at >= start && at < end) || byte === 0xa5))
      writer.write(1, 1)
      assert.equal(writer.finish(), end + 1, 'the next one starts on a byte')
      assert.equal(bytes[end], 0x80)
    }),
  )
})
