// Cases of magnitudes, records and contributions: contracts/README.md section 4.

import {
  contributionRoot,
  decodeContribution,
  encodeContribution,
  entryOffsets,
  recordsTree,
} from '@tessera/protocol/contribution'
import { isTesseraError } from '@tessera/protocol/errors'
import { bytesToHex } from '@tessera/protocol/hex'
import { createLayout } from '@tessera/protocol/layout'
import {
  encodeMagnitudeFloor,
  encodeMagnitudeNearest,
  MAX_MAGNITUDE,
  MAX_MAGNITUDE_CODE,
  magnitudeValue,
} from '@tessera/protocol/magnitude'
import { type ChunkRecord, decodeRecord, encodeRecord, entriesOf } from '@tessera/protocol/record'
import { columns, numbered, type VectorCase, type VectorFile } from './file.ts'
import { CaseSource } from './source.ts'

export function magnitudeVectors(): VectorFile {
  const codes = [
    0,
    1,
    2,
    2047,
    2048,
    2049,
    4095,
    4096,
    4097,
    6143,
    6144,
    20_480,
    40_959,
    40_960,
    MAX_MAGNITUDE_CODE - 1,
    MAX_MAGNITUDE_CODE,
  ]
  const exact = codes.map((code) => ({ code, value: magnitudeValue(code) }))
  const inputs = [
    0,
    1,
    2047,
    2048,
    4095,
    4096,
    4097,
    4098,
    4099,
    8190,
    8191,
    8192,
    123_456_789,
    MAX_MAGNITUDE - 1,
    MAX_MAGNITUDE,
    2 ** 31 - 1,
  ]
  const rounded = inputs.map((input) => ({
    input,
    floor: encodeMagnitudeFloor(input),
    nearest: encodeMagnitudeNearest(input),
  }))
  return {
    ...columns(exact),
    inputCount: inputs.length,
    input: inputs,
    floor: rounded.map(({ floor }) => floor),
    nearest: rounded.map(({ nearest }) => nearest),
  }
}

/** A record of n entries at random places with both levels in use. */
export function randomRecord(source: CaseSource, valid: number, k: number): ChunkRecord {
  const n = entriesOf(valid, k)
  const lo = 1 + source.below(20_000)
  const oneLevel = n === 1 || source.below(4) === 0
  const levels = Int8Array.from({ length: n }, (_, i) => {
    const high = !oneLevel && (i === 0 || (i < n - 1 && source.below(2) === 1))
    return (high ? 2 : 1) * (source.below(2) === 1 ? -1 : 1)
  })
  return {
    lo,
    hi: oneLevel ? lo : lo + 1 + source.below(20_000),
    indices: Uint16Array.from(source.subset(valid, n)),
    levels,
  }
}

const SIZES: readonly (readonly [valid: number, k: number])[] = [
  [1, 1],
  [1, 64],
  [2, 1],
  [3, 64],
  [64, 64],
  [65, 64],
  [100, 64],
  [127, 64],
  [128, 64],
  [300, 7],
  [1000, 64],
  [4096, 1],
  [4096, 2],
  [4096, 60],
  [4096, 64],
]

export function recordVectors(): VectorFile {
  const source = new CaseSource('record')
  const records = SIZES.map(([valid, k]) => ({ valid, k, record: randomRecord(source, valid, k) }))
  const first = (valid: number, n: number): Uint16Array => Uint16Array.from({ length: n }, (_, i) => i + valid - n)
  const levels = (n: number): Int8Array => new Int8Array(n).fill(-2, 0, 1).fill(1, 1)
  // The places at the very start and at the very end: shortest and longest records.
  records.push({
    valid: 4096,
    k: 64,
    record: { lo: 1, hi: MAX_MAGNITUDE_CODE, indices: first(64, 64), levels: levels(64) },
  })
  records.push({ valid: 4096, k: 64, record: { lo: 1, hi: 2, indices: first(4096, 64), levels: levels(64) } })
  records.push({
    valid: 4096,
    k: 64,
    record: {
      lo: 43_007,
      hi: 43_007,
      indices: Uint16Array.from({ length: 64 }, (_, i) => (i < 63 ? i : 4095)),
      levels: new Int8Array(64).fill(-1),
    },
  })
  const valid = records.map(({ valid: entries, k, record }): VectorCase => {
    const bytes = bytesToHex(encodeRecord(record, entries, k))
    return {
      valid: entries,
      k,
      record: bytes,
      lo: record.lo,
      hi: record.hi,
      indices: [...record.indices],
      levels: [...record.levels],
    }
  })
  return { ...numbered(valid), ...invalidRecords(source) }
}

/** Records that differ from a good one in one thing, with the code that names it. */
function invalidRecords(source: CaseSource): VectorFile {
  const good = encodeRecord(randomRecord(source, 4096, 5), 4096, 5)
  const edit = (change: (bytes: Uint8Array) => void, from = good): Uint8Array => {
    const bytes = from.slice()
    change(bytes)
    return bytes
  }
  const short = encodeRecord({ lo: 5, hi: 5, indices: Uint16Array.of(0, 1), levels: Int8Array.of(1, 1) }, 2, 2)
  const cases: (readonly [valid: number, k: number, bytes: Uint8Array])[] = [
    [4096, 5, good.slice(0, -1)],
    [4096, 5, Uint8Array.of(...good, 0)],
    [4096, 5, new Uint8Array(0)],
    [4096, 5, good.slice(0, 3)],
    [4096, 5, edit((bytes) => bytes.fill(0, 0, 2))],
    [4096, 5, edit((bytes) => bytes.fill(0xff, 2, 4))],
    [4096, 5, edit((bytes) => bytes.set([0x40, 0, 0x3f, 0xff]))],
    [4096, 5, edit((bytes) => bytes.fill(0xff, 4, 8))],
    [4096, 5, edit((bytes) => bytes.copyWithin(2, 0, 2))],
    [2, 2, edit((bytes) => bytes.set([5 + 1], 3), short)],
    [
      2,
      2,
      edit((bytes) => {
        bytes[4]! |= 0x01
      }, short),
    ],
    [
      2,
      2,
      edit((bytes) => {
        bytes[4]! |= 0x80
      }, short),
    ],
    [
      2,
      2,
      edit((bytes) => {
        bytes[4]! |= 0x08
      }, short),
    ],
  ]
  const rows = cases.map(([valid, k, bytes]) => ({
    invalidValid: valid,
    invalidK: k,
    invalidRecord: bytesToHex(bytes),
    invalidCode: codeOf(() => decodeRecord(bytes, valid, k)),
  }))
  const { count: invalidCount, ...rest } = columns(rows)
  return { invalidCount: invalidCount!, ...rest }
}

function codeOf(attempt: () => unknown): string {
  try {
    attempt()
  } catch (error) {
    if (isTesseraError(error)) return error.code
    throw error
  }
  throw new Error('a record that should be refused was read')
}

export function contributionVectors(): VectorFile {
  const source = new CaseSource('contribution')
  const shapes = [
    { tensorSizes: [1], chunkSize: 16, k: 4 },
    { tensorSizes: [16, 16], chunkSize: 16, k: 4 },
    { tensorSizes: [40, 3, 100], chunkSize: 32, k: 8 },
    { tensorSizes: [5000, 1], chunkSize: 4096, k: 64 },
  ]
  return numbered(
    shapes.map(({ tensorSizes, chunkSize, k }, i): VectorCase => {
      const context = { layout: createLayout(tensorSizes, chunkSize), codec: { chunkSize, k } }
      const records = context.layout.chunks.map(({ valid }) => randomRecord(source, valid, k))
      const header = {
        k,
        chunkSize,
        chunkCount: records.length,
        run: i === 0 ? 2n ** 64n - 1n : source.big(8),
        round: source.big(8),
        miner: source.address(),
        innerSteps: source.below(2 ** 32),
        samples: source.below(2 ** 32),
        baseRoot: source.hash(),
      }
      const parts = {
        header,
        offsets: entryOffsets(context),
        indices: Uint16Array.from(records.flatMap(({ indices }) => [...indices])),
        levels: Int8Array.from(records.flatMap(({ levels }) => [...levels])),
        lo: Uint16Array.from(records.map(({ lo }) => lo)),
        hi: Uint16Array.from(records.map(({ hi }) => hi)),
      }
      const blob = encodeContribution(parts, context)
      const contribution = decodeContribution(blob, context)
      const { run, round, ...fields } = header
      return {
        tensorSizes,
        ...fields,
        run: String(run),
        round: String(round),
        blob: bytesToHex(blob),
        recordOffsets: [...contribution.recordOffsets],
        recordsRoot: bytesToHex(recordsTree(blob, contribution).root),
        contributionRoot: contributionRoot(blob, contribution),
      }
    }),
  )
}
