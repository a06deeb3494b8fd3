// What encodes a chunk: scalarEncoder.ts says how in TypeScript, kernel/kernelEncoder.ts does the same with SIMD. Here is what they share.

import { TesseraError } from './errors.ts'
import { encodeMagnitudeNearest, encodeRatioNearest, lowMagnitude, magnitudeValue } from './magnitude.ts'
import type { RecordShape } from './recordShape.ts'
import { STATE_SCALE } from './tags.ts'

/** An eighth of an octave in bits of a float32: so far below the last chunk's n-th magnitude the next floor is. */
export const SLACK = 2 ** 20

export interface Delta {
  /** Old parameters minus new ones. */
  readonly values: Float32Array
  readonly decay: number
}

/** What chunks are cut from. */
export interface Update {
  /** Written to: what the records say is taken off. */
  readonly update: Float32Array
  /** Added to `update` times its decay before, each of the two steps rounded to float32. */
  readonly delta?: Delta
}

/** Reusable: one for consecutive chunks, whose magnitudes tend to be alike. */
export interface ChunkEncoder {
  /**
   * Writes the record of the `shape.valid` entries from `offset` on to `out` from `at` on; there is room for the longest. Returns the
   * byte after it.
   * @throws `compress/non-finite`
   */
  encode(from: Update, offset: number, shape: RecordShape, out: Uint8Array, at: number): number
}

/** The levels of a record: as codes, and as float32 values, exactly, since a magnitude has at most 13 significant bits. */
export interface Levels {
  readonly code: number
  readonly ratio: number
  readonly high: number
  readonly low: number
}

/** The levels nearest to the means of the two groups, of which the sums are given. */
export function levelsOf(highSum: number, lowSum: number, { entries, highs }: RecordShape): Levels {
  const lowMean = (lowSum / (entries - highs)) * STATE_SCALE
  const highMean = highs === 0 ? lowMean : (highSum / highs) * STATE_SCALE
  // A level of zero does not exist: even a chunk without any update sends its k entries.
  const code = Math.max(1, encodeMagnitudeNearest(highMean))
  const high = magnitudeValue(code)
  const ratio = encodeRatioNearest(high, highs === 0 ? high : lowMean)
  return { code, ratio, high: high / STATE_SCALE, low: lowMagnitude(high, ratio) / STATE_SCALE }
}

export function nonFinite(): TesseraError {
  return new TesseraError('compress/non-finite', 'the update holds an infinity or NaN', {
    hint: 'Training diverged: lower the learning rate, or start the round again from the last final state',
  })
}
