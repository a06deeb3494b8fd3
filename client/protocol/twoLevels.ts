// Two magnitudes for n values with the least squared error: 2-means in one dimension. In sorted order the best two groups are a
// prefix and the rest, so a scan over all splits with running sums finds the optimum. Only additions, multiplications and divisions
// of doubles, which IEEE 754 fixes: the same result on every machine.

import { encodeMagnitudeNearest } from './magnitude.ts'

/** Codes of the two levels, and the least value that takes the upper one (Infinity when there is but one level). */
export interface TwoLevels {
  readonly lo: number
  readonly hi: number
  readonly highFrom: number
}

/**
 * @param sorted values of at least 0, ascending, in units of 2^-24; at least one.
 */
export function chooseTwoLevels(sorted: Float64Array): TwoLevels {
  const n = sorted.length
  let total = 0
  for (let i = 0; i < n; i++) total += sorted[i] as number
  // Squared error = sum of squares - gain, where a group of m values with sum s gains s^2 / m. One group first; a split must beat it.
  let best = n
  let bestGain = (total * total) / n
  let lowSum = 0
  let bestLowSum = total
  for (let split = 1; split < n; split++) {
    lowSum += sorted[split - 1] as number
    // Equal values are never torn apart: the level of an entry follows from its value alone.
    if (sorted[split - 1] === sorted[split]) continue
    const highSum = total - lowSum
    const gain = (lowSum * lowSum) / split + (highSum * highSum) / (n - split)
    if (gain > bestGain) {
      bestGain = gain
      best = split
      bestLowSum = lowSum
    }
  }
  const lo = level(bestLowSum / best)
  if (best === n) return { lo, hi: lo, highFrom: Number.POSITIVE_INFINITY }
  const hi = level((total - bestLowSum) / (n - best))
  // Two means that round to one code are one level.
  if (hi <= lo) return { lo, hi: lo, highFrom: Number.POSITIVE_INFINITY }
  return { lo, hi, highFrom: sorted[best] as number }
}

/** A level of zero does not exist: even a chunk without any update sends its k entries. */
function level(mean: number): number {
  return Math.max(1, encodeMagnitudeNearest(mean))
}
