import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { compareLosses } from './lossGuard.ts'

const SAMPLES = 16
const present = Float32Array.from({ length: SAMPLES }, (_, i) => 2 + i / 10)
const moved = (by: (sample: number) => number): Float32Array => present.map((loss, sample) => loss + by(sample))

test('a rise that stands out of its noise is worse, and a fall is not', () => {
  for (const [rise, expected] of [
    [0.5, true],
    [0.011, true],
    [0.009, false],
    [0, false],
    [-0.5, false],
  ] as const)
    assert.equal(
      compareLosses(
        present,
        moved(() => rise),
      ).isWorse,
      expected,
      `a rise of ${rise}`,
    )
})

test('a rise within three standard errors is none, however different the samples are from one another', () => {
  // Half of the samples lose 0.2 more than the others gain: a mean of 0.1 with a standard error of 0.129.
  const noisy = moved((sample) => (sample % 2 === 0 ? 0.6 : -0.4))
  const { rise, error, isWorse } = compareLosses(present, noisy)
  assert.ok(Math.abs(rise - 0.1) < 1e-6)
  assert.ok(Math.abs(error - 0.5 / Math.sqrt(SAMPLES - 1)) < 1e-6, String(error))
  assert.equal(isWorse, false)
  // The same differences on top of a rise that they cannot explain.
  assert.equal(
    compareLosses(
      present,
      noisy.map((loss) => loss + 0.4),
    ).isWorse,
    true,
  )
})

test('a state that gives no number is worse than any that does, and nothing is worse than one that gives none', () => {
  for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
    const broken = moved((sample) => (sample === 3 ? bad : 0))
    assert.equal(compareLosses(present, broken).isWorse, true)
    assert.equal(compareLosses(broken, present).isWorse, false)
    assert.equal(compareLosses(broken, broken).isWorse, false)
  }
})

test('one sample has no noise to be measured by', () => {
  const of = (rise: number): boolean => compareLosses(Float32Array.of(2), Float32Array.of(2 + rise)).isWorse
  assert.deepEqual([of(0.02), of(0.005)], [true, false])
})

test('what changes nothing is rarely called worse', () => {
  const random = fc.sample(
    fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: SAMPLES, maxLength: SAMPLES }),
    {
      numRuns: 2_000,
      seed: 7,
    },
  )
  const called = random.filter(
    (noise) =>
      compareLosses(
        present,
        moved((sample) => noise[sample] as number),
      ).isWorse,
  )
  assert.ok(called.length <= 40, `${called.length} of 2000`)
})
