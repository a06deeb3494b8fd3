import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import type { ChunkEncoder } from '../chunkEncoder.ts'
import { type EncodedChunks, encodeChunks } from '../compress.ts'
import { isTesseraError } from '../errors.ts'
import { createLayout } from '../layout.ts'
import { ScalarEncoder } from '../scalarEncoder.ts'
import { hashOneByOne, hashShort, type WriteMessage } from '../shortHashes.ts'
import { MAX_SHORT_MESSAGE } from '../shortSha256.ts'
import { type Kernel, loadKernel } from './kernel.ts'
import { KernelEncoder } from './kernelEncoder.ts'

function kernel(): Kernel {
  const loaded = loadKernel()
  assert.ok(loaded !== undefined, 'there is SIMD wherever the tests run')
  return loaded
}
// Kept from one case to the next, as what they guess must not matter.
const encoders = { scalar: new ScalarEncoder(), kernel: new KernelEncoder(kernel()) }

const tiny = 2 ** -149
const nasty = fc.oneof(
  { weight: 6, arbitrary: fc.float({ noNaN: true, noDefaultInfinity: true, min: -2, max: 2 }) },
  {
    weight: 6,
    arbitrary: fc.constantFrom(0, -0, 0.5, -0.5, 1e-9, tiny, -tiny, 3 * tiny, 2 ** -126, 1000, 3e38, -3e38),
  },
)
const broken = fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY)

interface Case {
  readonly sizes: readonly number[]
  readonly chunkSize: number
  readonly k: number
  readonly update: readonly number[]
  readonly delta: { readonly values: readonly number[]; readonly decay: number } | undefined
  /** Where the update starts in its memory, in entries: copies depend on it. */
  readonly skew: number
}

/** Repeats a few values over all entries, so that there are ties, with one changed here and there. */
function entriesOf(count: number, values: fc.Arbitrary<number>): fc.Arbitrary<number[]> {
  const some = fc.array(values, { minLength: 1, maxLength: 60 })
  const others = fc.array(fc.tuple(fc.nat(count - 1), values), { maxLength: 20 })
  return fc.tuple(some, others, fc.integer({ min: 1, max: 1000 })).map(([list, changes, step]) => {
    const entries = Array.from({ length: count }, (_, i) => list[(i * step + (i >>> 5)) % list.length]!)
    for (const [place, value] of changes) entries[place] = value
    return entries
  })
}

function cases(values: fc.Arbitrary<number>): fc.Arbitrary<Case> {
  const sizes = fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 3 })
  const shape = fc.record({
    sizes,
    chunkSize: fc.constantFrom(1, 7, 16, 100, 256, 4096),
    k: fc.integer({ min: 1, max: 512 }),
  })
  return shape.chain(({ sizes: list, chunkSize, k }) => {
    const count = list.reduce((sum, size) => sum + size, 0)
    const delta = fc.option(
      fc.record({ values: entriesOf(count, values), decay: fc.constantFrom(0, 0.5, 0.9, 0.95, 1) }),
      { nil: undefined },
    )
    const wanted = Math.min(k, chunkSize)
    return fc
      .record({ update: entriesOf(count, values), delta, skew: fc.nat(3) })
      .map((rest) => ({ sizes: list, chunkSize, k: wanted, ...rest }))
  })
}

interface Outcome {
  readonly encoded: EncodedChunks | string
  /** Bits, so that zeros of both signs differ. */
  readonly rest: Uint32Array
}

function run(encoder: ChunkEncoder, { sizes, chunkSize, k, update, delta, skew }: Case): Outcome {
  const layout = createLayout(sizes, chunkSize)
  const memory = new Float32Array(new SharedArrayBuffer(4 * (update.length + skew))).subarray(skew)
  memory.set(update)
  const request = { update: memory, layout, codec: { chunkSize, k } }
  const added = delta && { delta: { ...delta, values: Float32Array.from(delta.values) } }
  let encoded: EncodedChunks | string
  try {
    encoded = encodeChunks({ ...request, ...added }, 0, layout.chunks.length, encoder)
  } catch (error) {
    if (!isTesseraError(error)) throw error
    return { encoded: error.code, rest: new Uint32Array() }
  }
  return { encoded, rest: new Uint32Array(memory.buffer, memory.byteOffset, memory.length).slice() }
}

test('the kernel gives the records and remainders of the scalar encoder, bit for bit', () => {
  fc.assert(
    fc.property(cases(nasty), (one) => {
      assert.deepEqual(run(encoders.kernel, one), run(encoders.scalar, one))
    }),
    { numRuns: 400, seed: 1 },
  )
})

test('and refuses what it refuses', () => {
  let refused = 0
  const sick = fc.oneof({ weight: 30, arbitrary: nasty }, { weight: 1, arbitrary: broken })
  fc.assert(
    fc.property(cases(sick), (one) => {
      const outcome = run(encoders.kernel, one)
      if (outcome.encoded === 'compress/non-finite') refused++
      assert.deepEqual(outcome, run(encoders.scalar, one))
    }),
    { numRuns: 200, seed: 2 },
  )
  assert.ok(refused > 20, `${refused} of 200`)
})

test('large chunks whose magnitudes jump, with misleading floors, many ties and long gaps', () => {
  const count = 6 * 4096 + 1234
  for (const k of [1, 5, 64, 512]) {
    for (let seed = 0; seed < 4; seed++) {
      const value = (i: number): number => {
        const scale = [1e-6, 3, 1e-2, 0, 1, 1e-38][(i >>> 12) % 6]!
        return Math.round(8 * Math.sin(seed + i * i) * Math.exp(Math.cos(7 * i))) * scale * (i % 3000 < 40 ? 99 : 1)
      }
      const update = Array.from({ length: count }, (_, i) => value(i))
      const values = Array.from({ length: count }, (_, i) => value(2 * i + seed))
      for (const delta of [undefined, { values, decay: 0.95 }]) {
        const one = { sizes: [count - 4100, 4100], chunkSize: 4096, k, update, delta, skew: seed }
        assert.deepEqual(run(encoders.kernel, one), run(encoders.scalar, one))
      }
    }
  }
})

test('four hashes at once are those of one at a time, and of the standard', () => {
  const lengths = fc.array(fc.oneof(fc.nat(130), fc.nat(MAX_SHORT_MESSAGE), fc.constant(MAX_SHORT_MESSAGE)), {
    maxLength: 11,
  })
  fc.assert(
    fc.property(lengths, fc.nat(255), (list, seed) => {
      const messages = list.map((length, i) => Uint8Array.from({ length }, (_, byte) => seed + 31 * i + byte * byte))
      const write: WriteMessage = (room, i) => {
        room.fill(0xee)
        room.set(messages[i]!)
        return messages[i]!.length
      }
      const out = [hashShort, hashOneByOne].map((hash) => {
        const hashes = new Uint8Array(32 * list.length)
        hash(list.length, write, hashes)
        return hashes
      })
      const wanted = Buffer.concat(messages.map((message) => createHash('sha256').update(message).digest()))
      assert.deepEqual(Buffer.from(out[0]!), wanted)
      assert.deepEqual(Buffer.from(out[1]!), wanted)
    }),
    { numRuns: 200, seed: 3 },
  )
  for (const hash of [hashShort, hashOneByOne])
    assert.throws(() => hash(1, () => MAX_SHORT_MESSAGE + 1, new Uint8Array(32)), RangeError)
})

test('without SIMD, or where compiling is forbidden, there is no kernel', async (t) => {
  const place = globalThis as { WebAssembly?: unknown }
  const real = place.WebAssembly
  t.after(() => {
    place.WebAssembly = real
  })
  const forbidden = class {
    constructor() {
      throw new Error('forbidden by policy')
    }
  }
  for (const [name, api] of Object.entries({
    none: undefined,
    old: { validate: () => false },
    strict: { validate: () => true, Module: forbidden, Instance: forbidden },
  })) {
    place.WebAssembly = api
    // A module of its own for each case: the outcome is kept.
    const fresh = (await import(`./kernel.ts?${name}`)) as { loadKernel: typeof loadKernel }
    assert.equal(fresh.loadKernel(), undefined, name)
  }
})
