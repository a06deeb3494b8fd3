import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Random } from './random.ts'
import { checkSampling, penalize, type SamplingOptions, sampleToken } from './sampling.ts'

/** How often each token is drawn. */
function counts(logits: Float32Array, options: SamplingOptions, draws: number): number[] {
  const random = new Random(5)
  const full = checkSampling(options)
  const drawn = Array<number>(logits.length).fill(0)
  for (let draw = 0; draw < draws; draw++) drawn[sampleToken(logits, full, random)]! += 1
  return drawn
}

function drawable(logits: Float32Array, options: SamplingOptions): number[] {
  return counts(logits, options, 500).flatMap((count, token) => (count > 0 ? [token] : []))
}

test('a token is drawn as often as its weight says', () => {
  // Weights 1, 2 and 1 at temperature 2.
  const drawn = counts(Float32Array.of(0, 2 * Math.log(2), 0), { temperature: 2 }, 40_000)
  // Five standard deviations: sqrt(40000 / 4) = 100.
  for (const [token, expected] of [10_000, 20_000, 10_000].entries())
    assert.ok(Math.abs(drawn[token]! - expected) < 500, drawn.join())
})

test('temperature 0 takes the likeliest, of equal ones the lower, and no random number', () => {
  const random = new Random(1)
  assert.equal(sampleToken(Float32Array.of(-1, 4, 4), checkSampling({ temperature: 0 }), random), 1)
  assert.equal(random.uint32(), new Random(1).uint32())
})

test('only the likeliest tokens are drawn, and of equal ones the lower', () => {
  const logits = Float32Array.of(3, 5, 5, 3, 5)
  assert.deepEqual(drawable(logits, { topK: 1 }), [1])
  assert.deepEqual(drawable(logits, { topK: 2 }), [1, 2])
  assert.deepEqual(drawable(logits, { topK: 4 }), [0, 1, 2, 4])
  assert.deepEqual(drawable(logits, { topK: 9 }), [0, 1, 2, 3, 4])
})

test('top-p keeps the fewest tokens that reach the share', () => {
  const logits = Float32Array.from([0.1, 0.5, 0.3, 0.1], Math.log)
  assert.deepEqual(drawable(logits, { topP: 0.001 }), [1])
  assert.deepEqual(drawable(logits, { topP: 0.49 }), [1])
  assert.deepEqual(drawable(logits, { topP: 0.51 }), [1, 2])
  assert.deepEqual(drawable(logits, { topP: 0.79 }), [1, 2])
  assert.deepEqual(drawable(logits, { topP: 0.85 }), [0, 1, 2])
  assert.deepEqual(drawable(logits, { topP: 0.95 }), [0, 1, 2, 3])
  // Equal weights: the lower tokens, as many as are needed.
  assert.deepEqual(drawable(new Float32Array(10), { topP: 0.25 }), [0, 1, 2])
  // The share is one of what top-k has left: 0.5 of 0.8.
  assert.deepEqual(drawable(logits, { topK: 2, topP: 0.6 }), [1])
})

test('top-p of a large vocabulary is that of the sorted list', () => {
  const random = new Random(8)
  const logits = Float32Array.from({ length: 5000 }, () => 3 * random.normal())
  const weights = Array.from(logits, (logit, token) => ({ token, weight: Math.exp(logit) }))
  weights.sort((a, b) => b.weight - a.weight)
  const total = weights.reduce((sum, { weight }) => sum + weight, 0)
  for (const topP of [0.05, 0.2]) {
    let reached = 0
    const needed = weights.findIndex(({ weight }) => {
      reached += weight
      return reached >= topP * total
    })
    const nucleus = new Set(weights.slice(0, needed + 1).map(({ token }) => token))
    const drawn = counts(logits, { topP }, 40 * nucleus.size).flatMap((count, token) => (count > 0 ? [token] : []))
    assert.ok(drawn.every((token) => nucleus.has(token)))
    // The lightest of the nucleus is several times lighter than the heaviest; most are seen.
    assert.ok(drawn.length > nucleus.size / 2, `${drawn.length} of ${nucleus.size}`)
  }
})

test('what was there before is less likely, once however often it was there', () => {
  const logits = Float32Array.of(2, -2, 2, 0)
  penalize(logits, [0, 1, 1, 0, 3], 2)
  assert.deepEqual(logits, Float32Array.of(1, -4, 2, 0))
})

test('options that make no sense are refused', () => {
  const wrong: readonly SamplingOptions[] = [
    { topK: 0 },
    { topK: 1.5 },
    { topP: 0 },
    { topP: 1.1 },
    { topP: Number.NaN },
    { temperature: -1 },
    { temperature: Number.NaN },
    { temperature: Number.POSITIVE_INFINITY },
    { repetitionPenalty: 0 },
    { repetitionPenalty: Number.POSITIVE_INFINITY },
  ]
  for (const options of wrong) assert.throws(() => checkSampling(options), { code: 'training/bad-request' })
  assert.throws(() => sampleToken(new Float32Array(0), checkSampling({}), new Random(1)), {
    code: 'training/bad-request',
  })
})
