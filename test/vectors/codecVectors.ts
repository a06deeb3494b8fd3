// Cases of magnitudes, records and contributions: contracts/README.md section 4.

import {
  type Contribution,
  contributionRoot,
  decodeContribution,
  encodeContribution,
  recordsTree,
} from '@tessera/protocol/contribution'
import { bytesToHex } from '@tessera/protocol/hex'
import { createLayout } from '@tessera/protocol/layout'
import {
  encodeMagnitudeFloor,
  encodeMagnitudeNearest,
  encodeRatioNearest,
  isCanonicalRatio,
  lowMagnitude,
  MAX_MAGNITUDE,
  MAX_MAGNITUDE_CODE,
  magnitudeValue,
  RATIOS,
} from '@tessera/protocol/magnitude'
import { type ChunkRecord, encodeRecord } from '@tessera/protocol/record'
import { recordShape } from '@tessera/protocol/recordShape'
import { columns, counted, numbered, type VectorCase, type VectorFile } from './file.ts'
import { malformedRecords } from './malformedRecords.ts'
import { CaseSource } from './source.ts'

const CODES = [
  0,
  1,
  2,
  31,
  32,
  63,
  64,
  65,
  95,
  96,
  97,
  127,
  128,
  500,
  831,
  832,
  MAX_MAGNITUDE_CODE - 1,
  MAX_MAGNITUDE_CODE,
]
const INPUTS = [
  0,
  1,
  63,
  64,
  65,
  66,
  67,
  126,
  127,
  128,
  129,
  130,
  123_456_789,
  MAX_MAGNITUDE - 1,
  MAX_MAGNITUDE,
  2 ** 31 - 1,
]
const HIGHS = [1, 2, 3, 32, 63, 64, 66, 100_000, magnitudeValue(500), MAX_MAGNITUDE].map((value) =>
  magnitudeValue(encodeMagnitudeFloor(value)),
)

export function magnitudeVectors(): VectorFile {
  const exact = CODES.map((code) => ({ code, value: magnitudeValue(code) }))
  const rounded = INPUTS.map((input) => {
    return { input, floor: encodeMagnitudeFloor(input), nearest: encodeMagnitudeNearest(input) }
  })
  const ratios = HIGHS.flatMap((hi) =>
    [0, 1, 20, 31, 32, 61, 62, RATIOS - 1].map((ratio) => {
      return { ratioHi: hi, ratio, ratioLo: lowMagnitude(hi, ratio), ratioCanonical: isCanonicalRatio(hi, ratio) }
    }),
  )
  return { ...columns(exact), ...counted('inputCount', rounded), ...counted('ratioCount', ratios) }
}

/** A record of entries at random places. */
export function randomRecord(source: CaseSource, valid: number, k: number): ChunkRecord {
  const { entries, highs } = recordShape(valid, k)
  const hi = magnitudeValue(1 + source.below(MAX_MAGNITUDE_CODE))
  const lo = lowMagnitude(hi, highs === 0 ? RATIOS - 1 : encodeRatioNearest(hi, source.below(hi)))
  return { lo, hi, ...placed(source.subset(valid, entries), highs, source) }
}

/** Which of the places, ascending, are high is drawn, and so are the signs. */
function placed(places: readonly number[], highs: number, source: CaseSource): Pick<ChunkRecord, 'indices' | 'signs'> {
  const high = new Set(source.subset(places.length, highs).map((i) => places[i]))
  const indices = [...places.filter((place) => high.has(place)), ...places.filter((place) => !high.has(place))]
  return { indices: Uint16Array.from(indices), signs: Int8Array.from(indices, () => 2 * source.below(2) - 1) }
}

const SIZES: readonly (readonly [valid: number, k: number])[] = [
  [1, 1],
  [1, 64],
  [2, 1],
  [3, 64],
  [4, 4],
  [5, 64],
  [9, 64],
  [64, 64],
  [65, 64],
  [100, 64],
  [127, 64],
  [128, 64],
  [300, 7],
  [1000, 64],
  [4096, 1],
  [4096, 2],
  [4096, 4],
  [4096, 5],
  [4096, 60],
  [4096, 64],
]

export function recordVectors(): VectorFile {
  const source = new CaseSource('record')
  const records = SIZES.map(([valid, k]) => ({ valid, k, record: randomRecord(source, valid, k) }))
  const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i)
  const extreme = (lo: number, hi: number, indices: readonly number[], sign: number): void => {
    const record = { lo, hi, indices: Uint16Array.from(indices), signs: new Int8Array(64).fill(sign) }
    records.push({ valid: 4096, k: 64, record })
  }
  // All at the very start, all at the very end, the high ones after the low ones and before: shortest and longest records.
  extreme(lowMagnitude(MAX_MAGNITUDE, 0), MAX_MAGNITUDE, range(0, 64), 1)
  extreme(1, 1, range(4032, 4096), -1)
  extreme(MAX_MAGNITUDE, MAX_MAGNITUDE, [...range(4084, 4096), ...range(0, 52)], 1)
  extreme(lowMagnitude(MAX_MAGNITUDE, 40), MAX_MAGNITUDE, [...range(0, 12), ...range(12, 63), 4095], -1)
  extreme(63, 64, [...range(0, 11), 4095, ...range(11, 62), 4094], 1)
  // All entries of a chunk, at the most that a codec can send.
  records.push({ valid: 512, k: 512, record: randomRecord(source, 512, 512) })
  records.push({ valid: 4096, k: 512, record: randomRecord(source, 4096, 512) })
  const cases = records.map(({ valid, k, record }): VectorCase => {
    const { lo, hi, indices, signs } = record
    return {
      valid,
      k,
      record: bytesToHex(encodeRecord(record, valid, k)),
      lo,
      hi,
      indices: [...indices],
      signs: [...signs],
    }
  })
  const malformed = malformedRecords().map((one) => {
    return { invalidValid: one.valid, invalidK: one.k, invalidRecord: one.record, invalidCode: one.code }
  })
  return { ...numbered(cases), ...counted('invalidCount', malformed) }
}

export function contributionVectors(): VectorFile {
  const source = new CaseSource('contribution')
  const shapes = [
    { tensorSizes: [1], chunkSize: 16, k: 4 },
    { tensorSizes: [16, 16], chunkSize: 16, k: 4 },
    { tensorSizes: [40, 3, 100], chunkSize: 32, k: 8 },
    { tensorSizes: [5000, 1], chunkSize: 4096, k: 64 },
    // More than two groups of 64 records, the last of one.
    { tensorSizes: [1280, 769], chunkSize: 16, k: 4 },
  ]
  return numbered(
    shapes.map(({ tensorSizes, chunkSize, k }, i): VectorCase => {
      const context = { layout: createLayout(tensorSizes, chunkSize), codec: { chunkSize, k } }
      const records = context.layout.chunks.map(({ valid }) => randomRecord(source, valid, k))
      const { run, round, ...fields } = {
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
      const { blob } = encodeContribution({ run, round, ...fields }, records, context)
      return {
        tensorSizes,
        ...fields,
        run: String(run),
        round: String(round),
        blob: bytesToHex(blob),
        ...rootsOf(decodeContribution(blob, context)),
      }
    }),
  )
}

function rootsOf(contribution: Contribution): VectorCase {
  const { root } = recordsTree(contribution)
  return {
    recordOffsets: [...contribution.recordOffsets],
    recordsRoot: bytesToHex(root),
    contributionRoot: contributionRoot(contribution, root),
  }
}
