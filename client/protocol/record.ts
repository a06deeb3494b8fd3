// One chunk of a contribution as bits (contracts/README.md section 4): two magnitudes, the places, signs and magnitude bits.
// Canonical: one encoding a record, one record an encoding. The decoder refuses everything else.

import { BitReader, BitWriter } from './bits.ts'
import { TesseraError } from './errors.ts'
import { MAX_MAGNITUDE_CODE } from './magnitude.ts'

export interface ChunkRecord {
  /** Magnitude codes, 1 <= lo <= hi. */
  readonly lo: number
  readonly hi: number
  /** Places within the chunk, strictly increasing. */
  readonly indices: Uint16Array
  /** For each place: 1 plus lo, -1 minus lo, 2 plus hi, -2 minus hi. */
  readonly levels: Int8Array
}

/** Where a decoder puts entries: arrays that may hold many records. */
export interface EntrySink {
  readonly indices: Uint16Array
  readonly levels: Int8Array
}

/** Entries that the record of a chunk with `valid` entries has. */
export function entriesOf(valid: number, k: number): number {
  return Math.min(k, valid)
}

/** The low bits of a gap that are written plainly: near log2 of the mean gap, by which Rice coding comes closest to the entropy. */
export function riceParameter(valid: number, n: number): number {
  return Math.max(0, 32 - Math.clz32(Math.floor(valid / n)) - 2)
}

/** Bytes of the shortest record: all gaps below 2^b. */
export function minRecordBytes(valid: number, k: number): number {
  return Math.ceil(minBits(valid, k) / 8)
}

/** No record is longer: the gaps sum to at most valid - n, and each 2^b of a gap cost one bit. */
export function maxRecordBytes(valid: number, k: number): number {
  const n = entriesOf(valid, k)
  return Math.ceil((minBits(valid, k) + ((valid - n) >>> riceParameter(valid, n))) / 8)
}

function minBits(valid: number, k: number): number {
  const n = entriesOf(valid, k)
  return 32 + n * (riceParameter(valid, n) + 3)
}

/**
 * Writes a record to `bytes` (zeroed there) from byte `start`; entries are those of `sink` from `at` on.
 * @returns the first byte after it.
 * @throws `contribution/record-magnitude`, `contribution/record-index`, `contribution/record-canonical` for what no decoder would take.
 */
export function writeRecord(
  bytes: Uint8Array,
  start: number,
  entries: EntrySink & { readonly at: number; readonly lo: number; readonly hi: number },
  valid: number,
  k: number,
): number {
  const n = entriesOf(valid, k)
  const { indices, levels, at, lo, hi } = entries
  checkMagnitudes(lo, hi)
  const bits = new BitWriter(bytes, start)
  bits.write(lo, 16)
  bits.write(hi, 16)
  const b = riceParameter(valid, n)
  let previous = -1
  for (let i = at; i < at + n; i++) {
    const index = indices[i] ?? valid
    if (index <= previous || index >= valid) throw badIndex(index, previous, valid)
    const gap = index - previous - 1
    bits.writeUnary(gap >>> b)
    bits.write(gap, b)
    previous = index
  }
  for (let i = at; i < at + n; i++) bits.write((levels[i] ?? 0) < 0 ? 1 : 0, 1)
  let highs = 0
  for (let i = at; i < at + n; i++) {
    const level = Math.abs(levels[i] ?? 0)
    if (level !== 1 && level !== 2) throw notCanonical(`level ${levels[i]}`)
    bits.write(level - 1, 1)
    highs += level - 1
  }
  checkUse(lo, hi, highs, n)
  return bits.end
}

/**
 * Reads the record that fills bytes `start` to `end` exactly, and puts its entries into `sink` from `at` on.
 * @throws `contribution/record-length`, `contribution/record-magnitude`, `contribution/record-index`, `contribution/record-canonical`.
 */
export function readRecord(
  bytes: Uint8Array,
  span: { readonly start: number; readonly end: number },
  sink: EntrySink & { readonly at: number },
  valid: number,
  k: number,
): { lo: number; hi: number } {
  const n = entriesOf(valid, k)
  const { indices, levels, at } = sink
  const bits = new BitReader(bytes, span.start, span.end)
  const lo = bits.read(16)
  const hi = bits.read(16)
  if (hi < 0) throw badLength(span)
  checkMagnitudes(lo, hi)
  readIndices(bits, indices.subarray(at, at + n), valid, span)
  for (let i = at; i < at + n; i++) levels[i] = 1 - 2 * bits.read(1)
  let highs = 0
  for (let i = at; i < at + n; i++) {
    const high = bits.read(1)
    if (high < 0) throw badLength(span)
    highs += high
    if (high === 1) levels[i] = 2 * (levels[i] as number)
  }
  checkUse(lo, hi, highs, n)
  const padding = bits.left
  if (padding > 7) throw badLength(span)
  if (bits.read(padding) !== 0) throw notCanonical('padding bits are set')
  return { lo, hi }
}

function readIndices(
  bits: BitReader,
  indices: Uint16Array,
  valid: number,
  span: { readonly start: number; readonly end: number },
): void {
  const b = riceParameter(valid, indices.length)
  let previous = -1
  for (let i = 0; i < indices.length; i++) {
    const room = valid - previous - 2
    if (room < 0) throw badIndex(valid, previous, valid)
    // Bounded by what may follow, so a run of ones cannot make an index that is out of range.
    const high = bits.readUnary(room >>> b)
    const low = high < 0 ? -1 : bits.read(b)
    if (low < 0) throw bits.left < 0 ? badLength(span) : badIndex(valid, previous, valid)
    const index = previous + 1 + (high << b) + low
    if (index >= valid) throw badIndex(index, previous, valid)
    indices[i] = index
    previous = index
  }
}

/** A record on its own. Errors as writeRecord. */
export function encodeRecord(record: ChunkRecord, valid: number, k: number): Uint8Array {
  const bytes = new Uint8Array(maxRecordBytes(valid, k))
  const n = entriesOf(valid, k)
  if (record.indices.length !== n || record.levels.length !== n)
    throw notCanonical(`${record.indices.length} entries instead of ${n}`)
  return bytes.slice(0, writeRecord(bytes, 0, { ...record, at: 0 }, valid, k))
}

/** A record on its own. Errors as readRecord. */
export function decodeRecord(bytes: Uint8Array, valid: number, k: number): ChunkRecord {
  const n = entriesOf(valid, k)
  const sink = { indices: new Uint16Array(n), levels: new Int8Array(n), at: 0 }
  const { lo, hi } = readRecord(bytes, { start: 0, end: bytes.length }, sink, valid, k)
  return { lo, hi, indices: sink.indices, levels: sink.levels }
}

function checkMagnitudes(lo: number, hi: number): void {
  if (Number.isInteger(lo) && Number.isInteger(hi) && lo >= 1 && lo <= hi && hi <= MAX_MAGNITUDE_CODE) return
  throw new TesseraError('contribution/record-magnitude', `magnitude codes ${lo} and ${hi} are not 1 <= lo <= hi`, {
    hint: `Codes go to ${MAX_MAGNITUDE_CODE}; refuse the contribution`,
    context: { lo, hi },
  })
}

/** One level has one code: lo = hi says that no entry is high, lo < hi that both are used. */
function checkUse(lo: number, hi: number, highs: number, n: number): void {
  if (lo === hi ? highs === 0 : highs > 0 && highs < n) return
  throw notCanonical(`${highs} of ${n} entries high with codes ${lo} and ${hi}`)
}

function badIndex(index: number, previous: number, valid: number): TesseraError {
  return new TesseraError('contribution/record-index', `index ${index} after ${previous} in a chunk of ${valid}`, {
    hint: 'Indices of a record increase strictly and lie in the chunk; refuse the contribution',
    context: { index, previous, valid },
  })
}

function notCanonical(what: string): TesseraError {
  return new TesseraError('contribution/record-canonical', `a record is not in its one canonical form: ${what}`, {
    hint: 'Refuse the contribution',
  })
}

function badLength(span: { readonly start: number; readonly end: number }): TesseraError {
  return new TesseraError('contribution/record-length', 'a record does not fill its bytes exactly', {
    hint: 'The length table and the records disagree; refuse the contribution',
    context: { bytes: span.end - span.start },
  })
}
