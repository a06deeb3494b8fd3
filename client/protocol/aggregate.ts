// The update rule of contracts/README.md section 5: the next state from the last one and the included contributions. Integers only,
// so every machine gets the same root; independent of the order of the contributions; a chunk depends on nothing but itself, and is
// read out of the contributions' blobs when its turn comes: beside the state this takes the scratch space of one chunk.

import { ChunkAccumulator } from './chunkAccumulator.ts'
import { type ChunkAggregator, ScalarAggregator } from './chunkAggregator.ts'
import type { Contribution } from './contribution.ts'
import { TesseraError } from './errors.ts'
import { loadKernel } from './kernel/kernel.ts'
import { KernelAggregator } from './kernel/kernelAggregator.ts'
import type { StateLayout } from './layout.ts'
import { type ChunkRecord, entriesOf } from './record.ts'
import { recordBytesOf } from './recordReader.ts'
import { highsOf, RecordShapes } from './recordShape.ts'
import { MAX_CLIP_Q8, MAX_INCLUDED, MAX_RATE_Q16 } from './tags.ts'

export interface AggregationParams {
  /** Each magnitude is bounded by this times the median over the contributions; Q8. */
  readonly clipQ8: number
  /** Outer rate, Q16, at most 2.0. */
  readonly rateQ16: number
}

/** @throws `aggregate/bad-params` */
export function checkAggregationParams({ clipQ8, rateQ16 }: AggregationParams): void {
  const clipOk = Number.isInteger(clipQ8) && clipQ8 >= 1 && clipQ8 <= MAX_CLIP_Q8
  const rateOk = Number.isInteger(rateQ16) && rateQ16 >= 0 && rateQ16 <= MAX_RATE_Q16
  if (clipOk && rateOk) return
  throw new TesseraError('aggregate/bad-params', `clip ${clipQ8} (Q8) or rate ${rateQ16} (Q16) is out of range`, {
    hint: `Clip is 1 to ${MAX_CLIP_Q8}, rate 0 to ${MAX_RATE_Q16}; take them from the manifest`,
    context: { clipQ8, rateQ16 },
  })
}

/**
 * The next state; `state` stays as it is.
 * @param contributions included ones, in any order, decoded with this layout.
 * @throws `aggregate/bad-params`, `aggregate/mismatch` when lengths do not belong together or there are more than 64.
 */
export function aggregate(
  state: Int32Array,
  contributions: readonly Contribution[],
  layout: StateLayout,
  params: AggregationParams,
): Int32Array<ArrayBuffer> {
  const next = new Int32Array(state.length)
  aggregateChunks({ before: state, next }, contributions, { layout, params, from: 0, to: layout.chunks.length })
  return next
}

/** May be the same one. */
export interface StatePair {
  readonly before: Int32Array
  readonly next: Int32Array
}

/** Chunks `from` to before `to` of a state, and the rule for them. */
export interface ChunkRange {
  readonly layout: StateLayout
  readonly params: AggregationParams
  readonly from: number
  readonly to: number
}

/**
 * Writes a range of the next state. Different ranges may be worked on side by side.
 * @param aggregator the quickest there is, if not given.
 * @throws `aggregate/bad-params`, `aggregate/mismatch`
 */
export function aggregateChunks(
  { before, next }: StatePair,
  contributions: readonly Contribution[],
  range: ChunkRange,
  aggregator: ChunkAggregator = chunkAggregator(),
): void {
  const { layout, params, from, to } = range
  checkAggregationParams(params)
  for (const { length } of [before, next])
    if (length !== layout.parameters) throw mismatch('state entries', length, layout.parameters)
  if (contributions.length > MAX_INCLUDED) throw mismatch('contributions', contributions.length, MAX_INCLUDED)
  for (const { recordOffsets } of contributions)
    if (recordOffsets.length !== layout.chunks.length + 1)
      throw mismatch('records', recordOffsets.length - 1, layout.chunks.length)
  const sources = contributions.map(({ header, blob, recordOffsets }) => {
    return { ...recordBytesOf(blob), recordOffsets, shapes: new RecordShapes(header.k) }
  })
  aggregator.run({ before, next, sources, layout, params }, from, to)
}

function chunkAggregator(): ChunkAggregator {
  const kernel = loadKernel()
  return kernel === undefined ? new ScalarAggregator() : new KernelAggregator(kernel)
}

/**
 * The rule for one chunk on its own: the unit that a dispute checks.
 * @param entries the chunk's valid entries; not changed.
 * @throws `aggregate/bad-params`, `aggregate/mismatch`
 */
export function aggregateChunk(
  entries: Int32Array,
  records: readonly ChunkRecord[],
  params: AggregationParams,
): Int32Array {
  checkAggregationParams(params)
  if (records.length > MAX_INCLUDED) throw mismatch('records', records.length, MAX_INCLUDED)
  const next = new Int32Array(entries)
  const accumulator = new ChunkAccumulator()
  accumulator.begin()
  for (const record of records) {
    const count = record.indices.length
    accumulator.add({ low: record.lo, high: record.hi }, entriesOf(record), highsOf(count), count)
  }
  accumulator.step(next, { offset: 0, valid: next.length }, params)
  return next
}

function mismatch(what: string, actual: number, wanted: number): TesseraError {
  return new TesseraError('aggregate/mismatch', `${actual} ${what}, at most or exactly ${wanted} belong here`, {
    hint: 'State, contributions and layout must be of one run, and at most 64 contributions be included',
    context: { what, actual, wanted },
  })
}
