// One chunk of a contribution (contracts/README.md section 4) as a value of its own: what disputes, tests and vectors work with.
// Whole contributions are written and read without it, by recordWriter.ts and recordReader.ts, which hold the format.
// Canonical: one encoding a record, one record an encoding. The decoder refuses everything else.

import { BitWriter } from './bits.ts'
import { encodeMagnitudeFloor, encodeRatioNearest, lowMagnitude, magnitudeValue } from './magnitude.ts'
import { recordFault } from './recordFault.ts'
import { RecordReader, recordBytesOf } from './recordReader.ts'
import { type RecordShape, recordShape } from './recordShape.ts'
import { checkRecord, writeRecord } from './recordWriter.ts'

export interface ChunkRecord {
  /** Magnitudes of the low and the high entries, in units of 2^-24. */
  readonly lo: number
  readonly hi: number
  /** Places within the chunk: those of the high entries, ascending, then those of the low ones, ascending. */
  readonly indices: Uint16Array
  /** For each of them 1 or -1. */
  readonly signs: Int8Array
}

/**
 * Bytes of a record.
 * @throws `contribution/record-magnitude`, `contribution/record-index`, `contribution/record-canonical` for what no decoder would take.
 */
export function encodeRecord(record: ChunkRecord, valid: number, k: number): Uint8Array {
  const shape = recordShape(valid, k)
  const { code, ratio } = codesOf(record)
  const entries = entriesOf(record)
  checkRecord(code, ratio, entries, shape)
  const bytes = new Uint8Array(shape.maxBytes)
  return bytes.slice(0, writeRecord(new BitWriter(bytes), code, ratio, entries, shape))
}

/**
 * The record that fills `bytes` exactly.
 * @throws what RecordReader.read throws.
 */
export function decodeRecord(bytes: Uint8Array, valid: number, k: number): ChunkRecord {
  const shape = recordShape(valid, k)
  const reader = new RecordReader()
  reader.read(recordBytesOf(bytes), 0, bytes.length, true, shape)
  return recordIn(reader, shape)
}

/** What a reader read last, as a record of its own. */
export function recordIn(reader: RecordReader, shape: RecordShape): ChunkRecord {
  const entries = reader.entries.subarray(0, shape.entries)
  return {
    lo: reader.low,
    hi: reader.high,
    indices: entries.map((entry) => entry >>> 1),
    signs: Int8Array.from(entries, (entry) => 1 - 2 * (entry & 1)),
  }
}

/** A record's entries in the form that reader and writer share. */
export function entriesOf({ indices, signs }: ChunkRecord): Uint16Array {
  if (indices.length !== signs.length || !signs.every((sign) => sign === 1 || sign === -1))
    throw recordFault('contribution/record-canonical', { entries: indices.length, signs: signs.length })
  return indices.map((place, i) => {
    if (place >= 2 ** 15) throw recordFault('contribution/record-index', { place })
    return (place << 1) | (signs[i] === -1 ? 1 : 0)
  })
}

/** Codes of magnitudes that have some. */
function codesOf({ lo, hi }: ChunkRecord): { readonly code: number; readonly ratio: number } {
  const isPair = Number.isInteger(lo) && Number.isInteger(hi) && lo >= 1 && lo <= hi
  const code = isPair ? encodeMagnitudeFloor(hi) : 0
  const ratio = isPair ? encodeRatioNearest(hi, lo) : 0
  if (code === 0 || magnitudeValue(code) !== hi || lowMagnitude(hi, ratio) !== lo)
    throw recordFault('contribution/record-magnitude', { lo, hi })
  return { code, ratio }
}
