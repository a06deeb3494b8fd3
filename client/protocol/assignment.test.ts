import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { drawnTestSamples, ownTestSamples, rankOf, trainingSamples } from './assignment.ts'
import { createPermutation } from './permutation.ts'

const trainSeed = `0x${'11'.repeat(32)}` as const
const testSeed = `0x${'22'.repeat(32)}` as const

test('ranks count the active miners by slot', () => {
  assert.deepEqual(
    [0, 3, 63].map((slot) => rankOf((1n << 63n) | 0b1001n, slot)),
    [0, 1, 2],
  )
  assert.throws(() => rankOf(0b1001n, 1), { code: 'assignment/not-active' })
})

test('miners of a round train on different samples', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 8 }),
      fc.integer({ min: 1, max: 12 }),
      fc.nat({ max: 60 }),
      (miners, count, spare) => {
        const trainSamples = miners * count + spare
        const all = Array.from({ length: miners }, (_, rank) =>
          trainingSamples({ trainSeed, trainSamples, rank, count }),
        ).flat()
        assert.equal(new Set(all).size, all.length)
        assert.ok(all.every((sample) => sample >= 0 && sample < trainSamples))
      },
    ),
    { numRuns: 50 },
  )
})

test('with too few samples the positions wrap around', () => {
  const permuted = createPermutation(trainSeed, 5)
  const wanted = [3, 4, 0].map((position) => permuted(position))
  assert.deepEqual(trainingSamples({ trainSeed, trainSamples: 5, rank: 1, count: 3 }), wanted)
})

const shape = fc.record({
  miners: fc.integer({ min: 1, max: 5 }),
  assigned: fc.integer({ min: 1, max: 10 }),
  spare: fc.nat({ max: 30 }),
  count: fc.integer({ min: 1, max: 12 }),
  pick: fc.nat(),
})

test('own test samples are among those that the miner used, drawn ones among those that nobody had', () => {
  fc.assert(
    fc.property(shape, ({ miners, assigned, spare, count, pick }) => {
      const trainSamples = miners * assigned + spare
      const rank = pick % miners
      const used = 1 + (pick % assigned)
      const own = ownTestSamples({ trainSeed, testSeed, trainSamples, rank, assigned, used, count })
      const trained = trainingSamples({ trainSeed, trainSamples, rank, count: assigned }).slice(0, used)
      assert.equal(own.length, Math.min(count, used))
      assert.equal(new Set(own).size, own.length)
      assert.ok(own.every((sample) => trained.includes(sample)))

      const drawn = drawnTestSamples({ trainSeed, testSeed, trainSamples, minerCount: miners, assigned, count })
      assert.equal(drawn.length, Math.min(count, trainSamples))
      assert.equal(new Set(drawn).size, drawn.length)
      if (spare < count) return
      const given = Array.from({ length: miners }, (_, i) =>
        trainingSamples({ trainSeed, trainSamples, rank: i, count: assigned }),
      ).flat()
      assert.ok(drawn.every((sample) => !given.includes(sample)))
    }),
    { numRuns: 60 },
  )
})

test('which samples are tested depends on the test seed alone', () => {
  const request = { trainSeed, testSeed, trainSamples: 1000, rank: 0, assigned: 100, used: 100, count: 5 }
  assert.deepEqual(ownTestSamples(request), ownTestSamples({ ...request }))
  assert.notDeepEqual(ownTestSamples(request), ownTestSamples({ ...request, testSeed: trainSeed }))
})

test('counts that make no sense are refused', () => {
  assert.throws(() => trainingSamples({ trainSeed, trainSamples: 5, rank: -1, count: 3 }), {
    code: 'assignment/bad-request',
  })
  assert.throws(() => trainingSamples({ trainSeed, trainSamples: 5, rank: 0, count: 0 }), {
    code: 'assignment/bad-request',
  })
  assert.throws(() => trainingSamples({ trainSeed, trainSamples: 0, rank: 0, count: 1 }), {
    code: 'permutation/bad-size',
  })
  const own = { trainSeed, testSeed, trainSamples: 5, rank: 0, assigned: 3, used: 0, count: 1 }
  assert.throws(() => ownTestSamples(own), { code: 'assignment/bad-request' })
})
