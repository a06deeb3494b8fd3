// Arbitrary records, and a header that nobody looks at, for the tests of the codec. @testonly

import fc from 'fast-check'
import { encodeRatioNearest, lowMagnitude, MAX_MAGNITUDE_CODE, magnitudeValue, RATIOS } from './magnitude.ts'
import type { ChunkRecord } from './record.ts'
import { MAX_K, recordShape } from './recordShape.ts'

/** Of any contribution. */
export const HEADER = {
  run: 1n,
  round: 1n,
  miner: `0x${'11'.repeat(20)}`,
  innerSteps: 1,
  samples: 1,
  baseRoot: `0x${'22'.repeat(32)}`,
} as const

export interface RecordCase {
  readonly valid: number
  readonly k: number
  readonly record: ChunkRecord
}

/** Records of one shape; magnitudes of all sizes, tiny and greatest ones more often than their share. */
export function recordsOf(valid: number, k: number): fc.Arbitrary<ChunkRecord> {
  const { entries, highs } = recordShape(valid, k)
  const code = fc.oneof(
    fc.integer({ min: 1, max: MAX_MAGNITUDE_CODE }),
    fc.integer({ min: 1, max: 40 }),
    fc.constant(MAX_MAGNITUDE_CODE),
  )
  return fc
    .record({
      code,
      ratio: fc.nat({ max: RATIOS - 1 }),
      // Distinct and in any order; the first ones become the high ones.
      places: fc.uniqueArray(fc.nat({ max: valid - 1 }), { minLength: entries, maxLength: entries }),
      signs: fc.array(fc.constantFrom(-1, 1), { minLength: entries, maxLength: entries }),
    })
    .map(({ code: chosen, ratio, places, signs }) => {
      const hi = magnitudeValue(chosen)
      const indices = Uint16Array.from(places)
      indices.subarray(0, highs).sort()
      indices.subarray(highs).sort()
      const lo = highs === 0 ? hi : lowMagnitude(hi, encodeRatioNearest(hi, (hi * (ratio + 1)) / RATIOS))
      return { lo, hi, indices, signs: Int8Array.from(signs) }
    })
}

/** Records of any chunk and codec, small ones more often. */
export const anyRecord: fc.Arbitrary<RecordCase> = fc
  .record({
    valid: fc.oneof(fc.integer({ min: 1, max: 4096 }), fc.integer({ min: 1, max: 70 })),
    k: fc.oneof(fc.integer({ min: 1, max: 70 }), fc.integer({ min: 1, max: MAX_K })),
  })
  .chain(({ valid, k }) => fc.record({ valid: fc.constant(valid), k: fc.constant(k), record: recordsOf(valid, k) }))
