// What the codec loses and costs on recorded pseudo-gradients (test/vectors/pseudoGradient.ts), against the code of the reference
// compressor: top k of the same chunks, four codes a tensor.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { compressUpdate } from './compress.ts'
import { recordOf } from './contribution.ts'
import { createLayout } from './layout.ts'
import { HEADER as header } from './records.fixture.ts'
import { readCases, vectorUrl } from './vectors.fixture.ts'

const K = 64
const codec = { chunkSize: 4096, k: K }
const recorded = readCases<{ name: string; values: string }>(
  JSON.parse(readFileSync(vectorUrl('pseudoGradient'), 'utf8')),
).map(({ name, values }) => ({ name, update: new Float32Array(Uint8Array.from(Buffer.from(values, 'base64')).buffer) }))
const full = recorded.filter(({ update }) => update.length === 4096).map(({ update }) => update)

/** The recorded full chunks one after the other, as often as 1 M parameters take. */
function wholeModel(): { readonly layout: ReturnType<typeof createLayout>; readonly update: Float32Array } {
  const layout = createLayout([2 ** 20], 4096)
  const update = new Float32Array(layout.parameters)
  for (const { index, offset } of layout.chunks) update.set(full[index % full.length]!, offset)
  return { layout, update }
}

/** What is sent of a tensor, and the squared error of it. */
function ours(update: Float32Array): { readonly values: readonly number[]; readonly error: number } {
  const layout = createLayout([update.length], 4096)
  const rest = update.slice()
  const { contribution } = compressUpdate({ update: rest, layout, codec, header })
  const [chunk] = layout.chunks
  const { indices } = recordOf(contribution, chunk!)
  const values = [...indices].map((place) => update[place]!)
  return { values, error: [...indices].reduce((sum, place) => sum + rest[place]! ** 2, 0) }
}

/**
 * Squared error of the reference's code: values less their mean, in steps of six deviations over four, rounded half to even, codes 0
 * to 3; each is read back as the mean of those that have its code.
 */
function referenceError(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1))
  const halfToEven = (x: number): number => (Math.abs(x % 1) === 0.5 ? 2 * Math.round(x / 2) : Math.round(x))
  const codeOf = (value: number): number =>
    Math.max(0, Math.min(3, halfToEven((value - mean) / ((6 * deviation) / 4)) + 2))
  const table = [0, 1, 2, 3].map((code) => {
    const bin = values.filter((value) => codeOf(value) === code)
    return bin.reduce((sum, value) => sum + value, 0) / bin.length
  })
  return values.reduce((sum, value) => sum + (value - table[codeOf(value)]!) ** 2, 0)
}

// The entries of a norm's weights may all have one sign; then four codes around their mean can be better than two on either side of
// zero. Norms are a few in ten thousand parameters.
test('the error is below that of the reference’s four codes: in every matrix, and in all tensors together', () => {
  let sum = 0
  let theirSum = 0
  for (const { name, update } of recorded) {
    const { values, error } = ours(update)
    const theirs = referenceError(values)
    if (!name.includes('norm')) assert.ok(error <= 0.6 * theirs, `${name}: ${error} against ${theirs}`)
    sum += error
    theirSum += theirs
  }
  assert.ok(sum <= theirSum, `${sum} against ${theirSum}`)
})

test('a parameter takes at most 0.150 bits in all, an entry fewer than 12 for its place and 2 for its value', () => {
  const { layout, update } = wholeModel()
  const bits = 8 * compressUpdate({ update, layout, codec, header }).contribution.blob.length
  assert.ok(bits <= 0.15 * layout.parameters, `${bits / layout.parameters}`)
  assert.ok(bits < 14 * K * layout.chunks.length)
})

test('that is at least 97 % of what entropy allows', () => {
  const { layout, update } = wholeModel()
  const bits = 8 * compressUpdate({ update, layout, codec, header }).contribution.blob.length
  const log2Choose = (n: number, k: number): number =>
    Array.from({ length: k }, (_, i) => Math.log2((n - i) / (k - i))).reduce((sum, part) => sum + part, 0)
  // Places, signs, which of them are high, and two magnitudes to the precision they have.
  const bound = log2Choose(4096, K) + K + log2Choose(K, Math.floor(K / 5)) + 16
  assert.ok(bound * layout.chunks.length >= 0.97 * bits, `${(bound * layout.chunks.length) / bits}`)
})
