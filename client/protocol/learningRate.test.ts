import assert from 'node:assert/strict'
import { test } from 'node:test'
import { learningRateAt } from './learningRate.ts'

const base = { peak: 1e-3, floor: 1e-4, warmupSteps: 10, totalSteps: 110 }

test('the rate rises to the peak, then stays or falls to the floor', () => {
  const cosine = (step: number): number => learningRateAt({ ...base, kind: 'cosine' }, step)
  const flat = (step: number): number => learningRateAt({ ...base, kind: 'flat' }, step)
  assert.equal(cosine(0), 1e-4)
  assert.equal(cosine(9), 1e-3)
  assert.equal(cosine(10), 1e-3)
  assert.ok(Math.abs(cosine(60) - 5.5e-4) < 1e-12, 'half way')
  assert.ok(Math.abs(cosine(110) - 1e-4) < 1e-15)
  assert.equal(cosine(1e6), cosine(110))
  assert.deepEqual([flat(4), flat(10), flat(1e9)], [5e-4, 1e-3, 1e-3])
})

test('without warm-up or length it is still a number', () => {
  const rate = learningRateAt({ ...base, kind: 'cosine', warmupSteps: 0, totalSteps: 0 }, 0)
  assert.ok(Math.abs(rate - 1e-4) < 1e-15)
})
