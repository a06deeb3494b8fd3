import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { aggregateChunks } from '../aggregate.ts'
import { type ChunkAggregator, ScalarAggregator } from '../chunkAggregator.ts'
import { type Contribution, checkRecords, decodeContribution, encodeContribution } from '../contribution.ts'
import { isTesseraError } from '../errors.ts'
import { createLayout } from '../layout.ts'
import { MAX_MAGNITUDE } from '../magnitude.ts'
import type { ChunkRecord } from '../record.ts'
import { type RecordChecker, ScalarChecker } from '../recordChecker.ts'
import { highsOf } from '../recordShape.ts'
import { HEADER, recordsOf } from '../records.fixture.ts'
import { INT32_MAX, INT32_MIN } from '../tags.ts'
import { type Kernel, loadKernel } from './kernel.ts'
import { KernelAggregator } from './kernelAggregator.ts'
import { KernelChecker } from './kernelChecker.ts'

function kernel(): Kernel {
  const loaded = loadKernel()
  assert.ok(loaded !== undefined, 'there is SIMD wherever the tests run')
  return loaded
}
// Kept from one case to the next, as what one leaves behind must not matter.
const scalar = { aggregator: new ScalarAggregator(), checker: new ScalarChecker() }
const quick = { aggregator: new KernelAggregator(kernel()), checker: new KernelChecker(kernel()) }

interface Case {
  readonly sizes: readonly number[]
  readonly chunkSize: number
  readonly k: number
  readonly contributions: readonly Contribution[]
  readonly state: readonly number[]
  readonly clipQ8: number
  readonly rateQ16: number
  /** Where the states start in their memory, in entries: copies depend on it. */
  readonly skews: readonly [number, number]
}

const entry = fc.oneof(fc.integer({ min: INT32_MIN, max: INT32_MAX }), fc.constantFrom(0, INT32_MIN, INT32_MAX, -7, 7))

/** Few tensors of few chunks, up to 64 contributions; `copies` of the first one with other signs make records disagree. */
const cases: fc.Arbitrary<Case> = fc
  .record({
    sizes: fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 3 }),
    chunkSize: fc.constantFrom(4, 16, 40, 64),
    share: fc.integer({ min: 1, max: 16 }),
    peers: fc.oneof(fc.integer({ min: 1, max: 6 }), fc.constantFrom(20, 63, 64)),
  })
  .chain(({ sizes, chunkSize, share, peers }) => {
    const layout = createLayout(sizes, chunkSize)
    const k = Math.max(1, Math.min(share, chunkSize >>> 2))
    const record = fc.tuple(...layout.chunks.map(({ valid }) => recordsOf(valid, k)))
    return fc
      .record({
        kinds: fc.array(record, { minLength: 1, maxLength: 6 }),
        turns: fc.array(fc.record({ kind: fc.nat(5), flips: fc.nat(3), huge: fc.boolean() }), {
          minLength: peers,
          maxLength: peers,
        }),
        state: fc.array(entry, { minLength: layout.parameters, maxLength: layout.parameters }),
        clipQ8: fc.constantFrom(1, 200, 256, 300, 65_535),
        rateQ16: fc.constantFrom(0, 1, 60_000, 98_304, 131_072),
        skews: fc.tuple(fc.nat(3), fc.nat(3)),
      })
      .map(({ kinds, turns, ...rest }) => ({
        sizes,
        chunkSize,
        k,
        ...rest,
        contributions: turns.map(({ kind, flips, huge }) =>
          contributionOf(layout, k, (kinds[kind % kinds.length] as readonly ChunkRecord[]).map(variant(flips, huge))),
        ),
      }))
  })

function variant(flips: number, huge: boolean): (record: ChunkRecord) => ChunkRecord {
  return ({ hi, lo, indices, signs }) => ({
    hi: huge ? MAX_MAGNITUDE : hi,
    lo: huge ? MAX_MAGNITUDE : lo,
    indices,
    signs: signs.map((sign, i) => (flips === 1 || (flips > 1 && i % flips === 0) ? -sign : sign)),
  })
}

function contributionOf(
  layout: ReturnType<typeof createLayout>,
  k: number,
  records: readonly ChunkRecord[],
): Contribution {
  const codec = { chunkSize: layout.chunkSize, k }
  const header = { ...HEADER, ...codec, chunkCount: layout.chunks.length }
  return encodeContribution(header, records, { layout, codec })
}

/** The next state, or the error's code and message. */
function run(one: Case, contributions: readonly Contribution[], aggregator: ChunkAggregator): unknown {
  const layout = createLayout(one.sizes, one.chunkSize)
  const [before, next] = one.skews.map((skew) =>
    new Int32Array(new SharedArrayBuffer(4 * (layout.parameters + skew))).subarray(skew),
  ) as [Int32Array, Int32Array]
  before.set(one.state)
  const range = { layout, params: one, from: 0, to: layout.chunks.length }
  return outcome(() => {
    aggregateChunks({ before, next }, contributions, range, aggregator)
    assert.deepEqual([...before], one.state)
    aggregateChunks({ before, next: before }, contributions, range, aggregator)
    assert.deepEqual(before, next, 'in place as well')
    return [...next]
  })
}

function outcome(act: () => unknown): unknown {
  try {
    return act()
  } catch (error) {
    if (!isTesseraError(error)) throw error
    return { code: error.code, context: error.context }
  }
}

/** What decoding gives, or the error. */
function decoded(one: Case, blob: Uint8Array, checker: RecordChecker): unknown {
  const { sizes, chunkSize, k } = one
  return outcome(() =>
    decodeContribution(blob, { layout: createLayout(sizes, chunkSize), codec: { chunkSize, k } }, checker),
  )
}

test('the kernel gives the next state of the scalar rule, bit for bit', () => {
  fc.assert(
    fc.property(cases, (one) => {
      assert.deepEqual(run(one, one.contributions, quick.aggregator), run(one, one.contributions, scalar.aggregator))
      for (const { blob, ...rest } of one.contributions) {
        const again = decoded(one, blob, quick.checker)
        assert.deepEqual(again, { blob, ...rest })
      }
    }),
    { numRuns: 300, seed: 1 },
  )
})

test('and refuses what it refuses, with the same words', () => {
  const faults = new Map<string, number>()
  const edit = fc.record({ peer: fc.nat(), at: fc.nat(), mask: fc.integer({ min: 1, max: 255 }) })
  fc.assert(
    fc.property(cases, fc.array(edit, { minLength: 1, maxLength: 3 }), (one, edits) => {
      const changed = one.contributions.map(({ blob, ...rest }) => ({ ...rest, blob: blob.slice() }))
      for (const { peer, at, mask } of edits) {
        const { blob, recordOffsets } = changed[peer % changed.length]!
        const first = recordOffsets[0]!
        blob[first + (at % (blob.length - first))]! ^= mask
      }
      for (const { blob } of changed)
        assert.deepEqual(decoded(one, blob, quick.checker), decoded(one, blob, scalar.checker))
      const result = run(one, changed, quick.aggregator)
      assert.deepEqual(result, run(one, changed, scalar.aggregator))
      const { code = 'none' } = result as { code?: string }
      faults.set(code, (faults.get(code) ?? 0) + 1)
    }),
    { numRuns: 400, seed: 2 },
  )
  for (const kind of ['length', 'magnitude', 'index', 'canonical'])
    assert.ok((faults.get(`contribution/record-${kind}`) ?? 0) >= 5, JSON.stringify([...faults]))
  assert.ok((faults.get('none') ?? 0) >= 5, JSON.stringify([...faults]))
})

/** A record whose places are as `placeOf` says, in steps that leave room for all. */
function wide(
  entries: number,
  placeOf: (i: number) => number,
  value: number,
  signOf: (i: number) => number,
): ChunkRecord {
  const places = Array.from({ length: entries }, (_, i) => placeOf(i))
  // Every fifth one is high, so that both groups have long gaps.
  const isHigh = (i: number): boolean => i % 5 === 4 && (i + 1) / 5 <= highsOf(entries)
  const order = [...places.keys()].sort((a, b) => Number(isHigh(b)) - Number(isHigh(a)) || places[a]! - places[b]!)
  return {
    hi: value,
    lo: value,
    indices: Uint16Array.from(order, (i) => places[i]!),
    signs: Int8Array.from(order, (i) => signOf(places[i]!)),
  }
}

test('large chunks, with long gaps, many chunks and more bytes than a window has', () => {
  const chunkSize = 4096
  const sizes = [chunkSize * 66 + 3000, 700, 1]
  const layout = createLayout(sizes, chunkSize)
  const state = Array.from({ length: layout.parameters }, (_, i) => (i * 2_654_435_761) | 0)
  for (const k of [1, 64, 511]) {
    const contributions = Array.from({ length: 9 }, (_, peer) => {
      const records = layout.chunks.map(({ index, valid }) => {
        const entries = Math.min(k, valid)
        const step = [1, Math.floor(valid / entries)][(index + peer) % 2]!
        const from = [0, valid - step * entries][index % 3 === 0 ? 0 : 1]!
        const signOf = (place: number): number => ((place * (peer + 3)) % 7 < 3 ? -1 : 1)
        return wide(entries, (i) => from + step * i, [1, 2 ** 12, MAX_MAGNITUDE][(peer + index) % 3]!, signOf)
      })
      return contributionOf(layout, k, records)
    })
    const one: Case = { sizes, chunkSize, k, contributions, state, clipQ8: 256, rateQ16: 98_304, skews: [1, 2] }
    assert.deepEqual(run(one, contributions, quick.aggregator), run(one, contributions, scalar.aggregator))
    for (const { blob, ...rest } of contributions)
      assert.deepEqual(decoded(one, blob, quick.checker), { blob, ...rest })
  }
})

test('offsets that belong to no such blob are refused alike', () => {
  const layout = createLayout([64], 16)
  const record: ChunkRecord = { hi: 5, lo: 5, indices: Uint16Array.of(3), signs: Int8Array.of(1) }
  const good = contributionOf(
    layout,
    1,
    Array.from(layout.chunks, () => record),
  )
  const one = { sizes: [64], chunkSize: 16, k: 1, contributions: [good], state: Array.from({ length: 64 }, () => 9) }
  const full: Case = { ...one, clipQ8: 256, rateQ16: 65_536, skews: [0, 0] }
  const last = good.recordOffsets.at(-1)!
  for (const end of [last + 1, last - 1, 0, 2 ** 32 - 1]) {
    const bad = { ...good, recordOffsets: good.recordOffsets.with(4, end) }
    const wanted = run(full, [good, bad], scalar.aggregator)
    assert.match((wanted as { code: string }).code, /record-length/, String(end))
    assert.deepEqual(run(full, [good, bad], quick.aggregator), wanted)
    assert.throws(() => checkRecords(bad, layout, 0, 4, quick.checker), { code: 'contribution/record-length' })
  }
})

test('contributions of different codecs are worked on without it', () => {
  const layout = createLayout([64], 16)
  const of = (k: number): Contribution =>
    contributionOf(
      layout,
      k,
      Array.from(layout.chunks, () =>
        wide(
          k,
          (i) => 3 * i,
          40,
          () => 1,
        ),
      ),
    )
  const contributions = [of(1), of(3)]
  const state = Array.from({ length: 64 }, (_, i) => i)
  const one: Case = {
    sizes: [64],
    chunkSize: 16,
    k: 1,
    contributions,
    state,
    clipQ8: 256,
    rateQ16: 9999,
    skews: [0, 0],
  }
  assert.deepEqual(run(one, contributions, quick.aggregator), run(one, contributions, scalar.aggregator))
})
