import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Hex } from './hex.ts'
import { createPermutation } from './permutation.ts'
import { readCases, type VectorCase, vectorUrl } from './vectors.fixture.ts'

const readVectors = (name: string): VectorCase => JSON.parse(readFileSync(vectorUrl(name), 'utf8')) as VectorCase

const seedOf = (n: number): Hex => `0x${n.toString(16).padStart(64, '0')}`

/** The rule of the README, word for word, on numbers of any size. */
function slowPermutation(seed: Hex, size: number, position: number): number {
  const bitLength = size === 1 ? 0 : (size - 1).toString(2).length
  const half = BigInt(Math.max(1, Math.ceil(bitLength / 2)))
  const mask = (1n << half) - 1n
  let value = BigInt(position)
  do {
    let left = value >> half
    let right = value & mask
    for (let round = 0; round < 4; round++) {
      const input = Buffer.concat([
        Buffer.of(0x0a),
        Buffer.from(seed.slice(2), 'hex'),
        Buffer.of(round),
        Buffer.alloc(4),
      ])
      input.writeUInt32BE(Number(right), 34)
      const first = BigInt(createHash('sha256').update(input).digest().readUInt32BE())
      ;[left, right] = [right, left ^ (first & mask)]
    }
    value = (left << half) | right
  } while (value >= BigInt(size))
  return Number(value)
}

test('every value comes once', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 200 }), fc.nat(), (size, seed) => {
      const permutation = createPermutation(seedOf(seed), size)
      const values = Array.from({ length: size }, (_, i) => permutation(i))
      assert.deepEqual(
        values.toSorted((a, b) => a - b),
        Array.from({ length: size }, (_, i) => i),
      )
    }),
    { numRuns: 50 },
  )
})

test('it is the rule of the README at any size', () => {
  const size = fc.oneof(
    fc.integer({ min: 1, max: 50 }),
    fc.integer({ min: 1, max: 2 ** 32 }),
    fc.constantFrom(2 ** 32, 2 ** 31, 65_536, 65_537),
  )
  fc.assert(
    fc.property(size, fc.nat(), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (n, seed, share) => {
      const position = Math.floor(share * n)
      assert.equal(createPermutation(seedOf(seed), n)(position), slowPermutation(seedOf(seed), n, position))
    }),
  )
})

test('the golden vectors hold', () => {
  for (const { seed, size, positions, values } of readCases<{
    seed: Hex
    size: number
    positions: number[]
    values: number[]
  }>(readVectors('permutation')))
    assert.deepEqual(positions.map(createPermutation(seed, size)), values)
})

test('sizes and positions that are none are refused', () => {
  for (const size of [0, -1, 1.5, 2 ** 32 + 1, Number.NaN])
    assert.throws(() => createPermutation(seedOf(1), size), { code: 'permutation/bad-size' })
  const permutation = createPermutation(seedOf(1), 10)
  for (const position of [-1, 10, 0.5]) assert.throws(() => permutation(position), { code: 'permutation/bad-position' })
  assert.throws(() => createPermutation('0x00', 10), { code: 'protocol/bad-hex' })
})
