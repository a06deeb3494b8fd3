// That samples can be drawn in a keyed order from as many as there may be, without a list of them.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { trainingSamples } from '@tessera/protocol/assignment'
import { createPermutation, MAX_PERMUTATION_SIZE } from '@tessera/protocol/permutation'

const seed = `0x${'5e'.repeat(32)}` as const

test('of 2^32 samples each is drawn once, and drawing one costs the same as of few', () => {
  for (const size of [MAX_PERMUTATION_SIZE, MAX_PERMUTATION_SIZE - 1, 2 ** 31 + 1]) {
    const permuted = createPermutation(seed, size)
    const before = process.memoryUsage().arrayBuffers
    const drawn = new Set<number>()
    for (let i = 0; i < 20_000; i++) {
      // Neighbours at both ends, and places far apart.
      const position =
        i < 5000 ? i : i < 10_000 ? size - 1 - (i - 5000) : 5000 + Math.floor((i - 9999) * ((size - 10_000) / 10_002))
      const value = permuted(position)
      assert.ok(Number.isInteger(value) && value >= 0 && value < size)
      drawn.add(value)
    }
    assert.equal(drawn.size, 20_000)
    assert.ok(process.memoryUsage().arrayBuffers - before < 2 ** 24)
    // Spread over the whole: each eighth has about an eighth.
    for (let part = 0; part < 8; part++) {
      const share = [...drawn].filter((value) => Math.floor((value * 8) / size) === part).length
      assert.ok(share > 2200 && share < 2800, `${share} in part ${part}`)
    }
  }
})

test('miners of a round draw different samples of 2^32', () => {
  const request = { trainSeed: seed, trainSamples: MAX_PERMUTATION_SIZE, count: 300 }
  const drawn = Array.from({ length: 30 }, (_, rank) => trainingSamples({ ...request, rank })).flat()
  assert.equal(new Set(drawn).size, 9000)
})
