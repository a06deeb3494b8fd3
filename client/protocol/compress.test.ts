import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { compressUpdate, encodeChunks, joinChunks } from './compress.ts'
import { decodeContribution, recordOf, recordsTree } from './contribution.ts'
import { createLayout, type StateChunk } from './layout.ts'
import { encodeMagnitudeNearest, MAX_MAGNITUDE, magnitudeValue } from './magnitude.ts'
import { STATE_SCALE } from './tags.ts'

const layout = createLayout([40, 3], 16)
const codec = { chunkSize: 16, k: 4 }
const header = {
  run: 1n,
  round: 1n,
  miner: `0x${'11'.repeat(20)}`,
  innerSteps: 1,
  samples: 8,
  baseRoot: `0x${'22'.repeat(32)}`,
} as const

// Many equal magnitudes and zeros, of both signs.
const entry = fc.oneof(
  fc.float({ noNaN: true, noDefaultInfinity: true, min: -2, max: 2 }),
  fc.constantFrom(0, -0, 0.5, -0.5, Math.fround(1e-9), Math.fround(1e-30), 1000),
)
const anUpdate = fc
  .array(entry, { minLength: layout.parameters, maxLength: layout.parameters })
  .map((entries) => Float32Array.from(entries))

/** The places of a chunk by magnitude, the lower one first among equals. */
function ranked(update: Float32Array, { offset, valid }: StateChunk): number[] {
  const places = Array.from({ length: valid }, (_, i) => i)
  return places.sort((a, b) => Math.abs(update[offset + b]!) - Math.abs(update[offset + a]!) || a - b)
}

test('the largest entries are sent, the largest of them as high, the lower place first among equals', () => {
  fc.assert(
    fc.property(anUpdate, (update) => {
      const { contribution } = compressUpdate({ update: update.slice(), layout, codec, header })
      for (const chunk of layout.chunks) {
        const n = Math.min(codec.k, chunk.valid)
        const h = Math.floor(n / 5)
        const order = ranked(update, chunk)
        const wanted = [order.slice(0, h), order.slice(h, n)].flatMap((group) => group.sort((a, b) => a - b))
        assert.deepEqual([...recordOf(contribution, chunk).indices], wanted)
      }
    }),
  )
})

test('update = contribution + residual, and the blob says what the contribution does', () => {
  fc.assert(
    fc.property(anUpdate, (update) => {
      const rest = update.slice()
      const { contribution, recordsRoot, residual } = compressUpdate({ update: rest, layout, codec, header })
      assert.equal(residual, rest, 'in place')
      assert.deepEqual(decodeContribution(contribution.blob, { layout, codec }), contribution)
      assert.deepEqual(recordsTree(contribution).root, recordsRoot)
      const expected = update.slice()
      for (const chunk of layout.chunks) {
        const { lo, hi, indices, signs } = recordOf(contribution, chunk)
        for (const [i, place] of indices.entries()) {
          const at = chunk.offset + place
          const value = (signs[i]! * (i < Math.floor(indices.length / 5) ? hi : lo)) / STATE_SCALE
          if (update[at] !== 0) assert.equal(signs[i], Math.sign(update[at]!))
          expected[at] = update[at]! - value
        }
      }
      assert.deepEqual(residual, expected)
    }),
  )
})

test('each level is the mean of its group, as near as a code comes', () => {
  fc.assert(
    fc.property(anUpdate, (update) => {
      const { contribution } = compressUpdate({ update: update.slice(), layout, codec, header })
      for (const chunk of layout.chunks) {
        const { lo, hi, indices } = recordOf(contribution, chunk)
        const h = Math.floor(indices.length / 5)
        const mean = (places: Uint16Array): number =>
          places.reduce((sum, place) => sum + Math.abs(update[chunk.offset + place]!), 0) *
          (STATE_SCALE / places.length)
        const [high, low] = h === 0 ? [mean(indices), hi] : [mean(indices.subarray(0, h)), mean(indices.subarray(h))]
        assert.equal(hi, magnitudeValue(Math.max(1, encodeMagnitudeNearest(high))))
        // A 128th of the high one is the most that rounding to 64ths costs, where its own rounding left room.
        if (low >= 1 && low <= hi) assert.ok(Math.abs(lo - low) <= Math.max(1, hi / 64), `${lo} for ${low} of ${hi}`)
      }
    }),
  )
})

const large = createLayout([3 * 4096 + 700, 4096, 600], 4096)
const largeCodec = { chunkSize: 4096, k: 64 }

/** Magnitudes that jump from chunk to chunk, many of them equal, some chunks nearly empty. */
function jagged(seed: number): Float32Array {
  return Float32Array.from({ length: large.parameters }, (_, i) => {
    const scale = [1e-6, 3, 1e-2, 0, 1, 1e-4][(i >>> 12) % 6]!
    return Math.fround(Math.round(8 * Math.sin(seed + i * i) * Math.exp(Math.cos(7 * i))) * scale)
  })
}

test('a guess that misleads changes nothing', () => {
  for (let seed = 0; seed < 5; seed++) {
    const update = jagged(seed)
    // Large only where the sample does not look, and large only where it does.
    for (let i = 0; i < 40; i++) update[4096 + 17 * i + 3] = 50 + i
    for (let i = 0; i < 40; i++) update[2 * 4096 + 17 * i] = 50 + i
    const { contribution } = compressUpdate({ update: update.slice(), layout: large, codec: largeCodec, header })
    for (const chunk of large.chunks)
      assert.deepEqual(
        recordOf(contribution, chunk).indices.toSorted(),
        Uint16Array.from(ranked(update, chunk).slice(0, Math.min(64, chunk.valid))).sort(),
      )
  }
})

test('ranges that are encoded on their own give the same bytes as all in one', () => {
  const whole = compressUpdate({ update: jagged(3), layout: large, codec: largeCodec, header })
  const update = jagged(3)
  const request = { update, layout: large, codec: largeCodec, header }
  const ranges = [encodeChunks(request, 4, 6), encodeChunks(request, 0, 1), encodeChunks(request, 1, 4)]
  const { contribution, recordsRoot } = joinChunks(request, [ranges[1]!, ranges[2]!, ranges[0]!])
  assert.deepEqual(contribution, whole.contribution)
  assert.deepEqual(recordsRoot, whole.recordsRoot)
  assert.deepEqual(update, whole.residual)
})

test('a delta is added to the decayed rest of the round before', () => {
  const second = jagged(2)
  const update = jagged(1).map((value, i) => second[i]! + Math.fround(Math.fround(0.9) * value))
  const whole = compressUpdate({ update, layout: large, codec: largeCodec, header })
  const rest = jagged(1)
  const delta = { values: second, decay: 0.9 }
  const { contribution } = compressUpdate({ update: rest, delta, layout: large, codec: largeCodec, header })
  assert.deepEqual(contribution, whole.contribution)
  assert.deepEqual(rest, whole.residual)
  const short = { values: new Float32Array(3), decay: 1 }
  assert.throws(() => compressUpdate({ update: rest, delta: short, layout: large, codec: largeCodec, header }), {
    code: 'compress/length',
  })
})

test('magnitudes beyond the format are cut, and the rest is kept', () => {
  const update = new Float32Array(layout.parameters).fill(1e20)
  const { contribution, residual } = compressUpdate({ update, layout, codec, header })
  assert.ok(residual.every((rest) => rest > 9e19))
  assert.equal(recordOf(contribution, layout.chunks[0]!).hi, MAX_MAGNITUDE)
})

test('error feedback sends everything in the end', () => {
  const goal = Float32Array.from({ length: layout.parameters }, (_, i) => ((i * 37) % 41) / 41 - 0.5)
  const update = goal.slice()
  for (let round = 0; round < 60; round++) compressUpdate({ update, layout, codec, header })
  for (const [i, rest] of update.entries()) assert.ok(Math.abs(rest) < 0.05, `entry ${i}`)
})

test('infinities, NaN and wrong lengths are refused', () => {
  for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
    for (const at of [20, 4096 + 17]) {
      const wide = at < 4096 ? { layout, codec } : { layout: large, codec: largeCodec }
      const update = new Float32Array(wide.layout.parameters)
      update[at] = bad
      assert.throws(() => compressUpdate({ update, ...wide, header }), { code: 'compress/non-finite' })
    }
  }
  assert.throws(() => compressUpdate({ update: new Float32Array(1), layout, codec, header }), {
    code: 'compress/length',
  })
  const view = new Float32Array(layout.parameters + 3).fill(1).subarray(3)
  assert.equal(
    compressUpdate({ update: view, layout, codec, header }).residual.length,
    layout.parameters,
    'a view is fine',
  )
})
