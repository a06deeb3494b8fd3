import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Random } from '../random.ts'
import { fromBfloat16, fromFloat16, toBfloat16, toFloat16 } from './halfFloats.ts'

const everyHalf = Uint16Array.from({ length: 1 << 16 }, (_, bits) => bits)

/** Floats of every size, with those in the middle between two halves among them. */
function hardFloats(count: number): Float32Array {
  const random = new Random(11)
  const words = Uint32Array.from({ length: count }, (_, index) => {
    const word = random.uint32()
    if (index % 4 === 0) return (word & 0xffff8000) | 0
    if (index % 4 === 1) return (word & 0xfffff000) | 0
    // Exponents around those of float16 and its subnormals.
    if (index % 4 === 2) return (word & 0x807fffff) | ((98 + random.below(48)) << 23)
    return word
  })
  return new Float32Array(words.buffer)
}

test('every float16 is read as the engine reads it', () => {
  const expected = Float32Array.from(new Float16Array(everyHalf.slice().buffer))
  assert.deepEqual([...fromFloat16(everyHalf)], [...expected])
})

test('float16 is written as the engine writes it', () => {
  const values = hardFloats(200_000)
  const expected = fromFloat16(new Uint16Array(Float16Array.from(values).buffer))
  assert.deepEqual([...fromFloat16(toFloat16(values))], [...expected])
})

test('every float16 that is a number comes back', () => {
  const numbers = everyHalf.filter((bits) => !Number.isNaN(fromFloat16(Uint16Array.of(bits))[0]))
  assert.deepEqual(toFloat16(fromFloat16(numbers)), numbers)
})

test('a bfloat16 is the upper half of a float32', () => {
  assert.deepEqual(
    fromBfloat16(Uint16Array.of(0x3f80, 0xc000, 0x0001, 0x7f80)),
    Float32Array.of(1, -2, 2 ** -133, Number.POSITIVE_INFINITY),
  )
  const numbers = everyHalf.filter((bits) => (bits & 0x7fff) <= 0x7f80)
  assert.deepEqual(toBfloat16(fromBfloat16(numbers)), numbers)
})

test('bfloat16 is written as the nearest, of two the even one', () => {
  for (const value of hardFloats(20_000)) {
    const bits = toBfloat16(Float32Array.of(value))[0]!
    const chosen = fromBfloat16(Uint16Array.of(bits))[0]!
    if (Number.isNaN(value)) {
      assert.ok(Number.isNaN(chosen))
      continue
    }
    if (!Number.isFinite(chosen)) {
      // Half a step above the largest: 2^128 - 2^119.
      assert.ok(Math.abs(value) >= 2 ** 128 - 2 ** 119, `${value}`)
      continue
    }
    for (const other of [bits - 1, bits + 1].filter((near) => (near & 0x7fff) < 0x7f80 && near >= 0)) {
      const rival = fromBfloat16(Uint16Array.of(other))[0]!
      const [near, far] = [Math.abs(chosen - value), Math.abs(rival - value)]
      assert.ok(near < far || (near === far && bits % 2 === 0), `${value}: ${chosen}, not ${rival}`)
    }
  }
})
