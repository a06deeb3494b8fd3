import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GROUP } from './contribution.ts'
import { MAX_K, RecordShapes, recordShape, riceParameter } from './recordShape.ts'

const SIZES = [1, 2, 3, 4, 5, 9, 16, 31, 64, 100, 127, 128, 352, 511, 512, 1023, 1024, 2047, 2048, 4095, 4096]

/** Expected bits of one gap of `count` places drawn from `valid`: 1 + b + the sum of P(gap >= j 2^b). */
function expectedBits(valid: number, count: number, rice: number): number {
  let bits = 1 + rice
  for (let gap = 2 ** rice; gap <= valid - count; gap += 2 ** rice) {
    let chance = 1
    for (let i = 0; i < count && chance > 1e-12; i++) chance *= (valid - gap - i) / (valid - i)
    if (chance < 1e-9) break
    bits += chance
  }
  return bits
}

test('the Rice parameter is within 1 % of the best', () => {
  let excess = 0
  let cases = 0
  for (const valid of SIZES)
    for (let count = 1; count <= Math.min(valid, MAX_K); count = Math.ceil(1.3 * count)) {
      const rice = riceParameter(valid, count)
      const bits = expectedBits(valid, count, rice)
      const best = Math.min(
        bits,
        expectedBits(valid, count, rice + 1),
        expectedBits(valid, count, Math.max(0, rice - 1)),
      )
      assert.ok(bits <= 1.01 * best, `${count} of ${valid}: ${bits} bits, best ${best}`)
      excess += bits / best - 1
      cases++
    }
  assert.ok(excess / cases < 1e-4)
  assert.deepEqual(
    [riceParameter(4096, 52), riceParameter(4096, 12), riceParameter(4096, 1), riceParameter(64, 64)],
    [6, 8, 10, 0],
  )
})

test('no codec has records that the group table cannot tell', () => {
  for (let valid = 1; valid <= 4096; valid += valid < 600 ? 1 : 97)
    for (let k = 1; k <= MAX_K; k += k < 20 ? 1 : 13) {
      const { minBytes, maxBytes, entries, highs } = recordShape(valid, k)
      assert.ok(GROUP * (maxBytes - minBytes) <= 65_535, `${valid} ${k}`)
      assert.ok(maxBytes - minBytes <= 168, 'as the comment at checkCodec says')
      assert.equal(entries, Math.min(valid, k))
      assert.equal(highs, Math.floor(entries / 5))
    }
})

test('shapes are made once', () => {
  const shapes = new RecordShapes(64)
  assert.equal(shapes.of(4096), shapes.of(4096))
  assert.deepEqual(shapes.of(100), recordShape(100, 64))
})
