import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Random } from './random.ts'

test('the numbers of a seed are pinned', () => {
  const random = new Random(42)
  assert.deepEqual(
    Array.from({ length: 4 }, () => random.uint32()),
    [1824953247, 1103853746, 2749034803, 106460451],
  )
})

test('seeds and streams are told apart, and a seed repeats itself', () => {
  const start = (seed: number, stream?: number): number[] => {
    const random = new Random(seed, stream)
    return Array.from({ length: 4 }, () => random.uint32())
  }
  assert.deepEqual(start(1), start(1))
  const all = [start(0), start(1), start(2 ** 32), start(1, 1), start(1, 2), start(2 ** 53 - 1)]
  assert.equal(new Set(all.map((numbers) => numbers.join())).size, all.length)
})

test('a seed must be a whole number', () => {
  for (const seed of [-1, 0.5, Number.NaN, 2 ** 53]) assert.throws(() => new Random(seed), RangeError)
})

test('every whole number below a bound comes up about equally often', () => {
  const random = new Random(3)
  const counts = Array<number>(6).fill(0)
  for (let draw = 0; draw < 60_000; draw++) counts[random.below(6)]! += 1
  // Five standard deviations of a binomial count: sqrt(60000 * 5 / 36) = 91.
  for (const count of counts) assert.ok(Math.abs(count - 10_000) < 456, counts.join())
})

test('normal numbers have mean 0, variance 1 and the tails of a normal', () => {
  const random = new Random(4)
  const values = Array.from({ length: 50_000 }, () => random.normal())
  const moment = (power: number): number => values.reduce((sum, value) => sum + value ** power, 0) / values.length
  assert.ok(Math.abs(moment(1)) < 0.02)
  assert.ok(Math.abs(moment(2) - 1) < 0.03)
  // 2.9 for twelve uniform numbers, 3 for a normal.
  assert.ok(Math.abs(moment(4) - 2.9) < 0.2)
})

test('a shuffle keeps the items and depends on the seed alone', () => {
  fc.assert(
    fc.property(fc.array(fc.integer()), fc.nat(), (items, seed) => {
      const shuffled = new Random(seed).shuffle([...items])
      assert.deepEqual(shuffled, new Random(seed).shuffle([...items]))
      assert.deepEqual([...shuffled].sort(), [...items].sort())
    }),
  )
})
