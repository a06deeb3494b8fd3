import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { u64 } from './bytes.ts'
import { keccak256 } from './hash.ts'
import type { Hex } from './hex.ts'
import { bytesToHex } from './hex.ts'
import { drawLeader } from './leader.ts'
import { readCases, type VectorCase, vectorUrl } from './vectors.fixture.ts'

const readVectors = (name: string): VectorCase => JSON.parse(readFileSync(vectorUrl(name), 'utf8')) as VectorCase

test('the draw is that of the golden vectors, in any order of candidates', () => {
  for (const item of readCases<{ testSeed: Hex; attempt: number; weights: string[]; slot: number }>(
    readVectors('leader'),
  )) {
    const candidates = item.weights.map((weight, slot) => ({ slot, weight: BigInt(weight) }))
    assert.equal(drawLeader({ ...item, candidates }), item.slot)
    assert.equal(drawLeader({ ...item, candidates: candidates.toReversed() }), item.slot)
    const positive = candidates.filter(({ weight }) => weight > 0n)
    assert.equal(drawLeader({ ...item, candidates: positive }), item.slot)
  }
})

test('the draw follows the weights', () => {
  const candidates = [
    { slot: 2, weight: 1n },
    { slot: 5, weight: 3n },
  ]
  let ofFive = 0
  for (let i = 0; i < 2000; i++) {
    const slot = drawLeader({ testSeed: bytesToHex(keccak256(u64(i))), attempt: 1, candidates })
    if (slot === 5) ofFive++
  }
  // Four standard deviations around 1500.
  assert.ok(Math.abs(ofFive - 1500) < 78, `${ofFive} of 2000`)
})

test('without anyone of weight there is no leader', () => {
  const testSeed = `0x${'00'.repeat(32)}` as const
  assert.throws(() => drawLeader({ testSeed, attempt: 1, candidates: [] }), { code: 'leader/no-candidates' })
  assert.throws(() => drawLeader({ testSeed, attempt: 1, candidates: [{ slot: 0, weight: 0n }] }), {
    code: 'leader/no-candidates',
  })
})
