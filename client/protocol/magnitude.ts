// Magnitudes of a record: the high one as a 10-bit code with a mantissa of 5 or 6 bits, for values in units of 2^-24 below 2^31,
// and the low one as a share of it in 64ths. A level is the mean of a dozen entries that scatter around it, so finer codes would be
// paid for and not seen. Derivation: codes below 64 are the value itself; above, code = 32 e + f stands for (32 + f) 2^(e - 1), which
// continues the sequence at 64 without a gap and doubles its step every 32 codes.

import { TesseraError } from './errors.ts'

const STEP = 32
/** Ratio codes are 0 to 63: the low magnitude is ratio + 1 of so many parts of the high one. */
export const RATIOS = 64
/** The greatest code: (32 + 31) 2^25, the last one below 2^31. */
export const MAX_MAGNITUDE_CODE = 863
/** Its value, in units of 2^-24: about 126. */
export const MAX_MAGNITUDE = 63 * 2 ** 25

/**
 * Value of a code, in units of 2^-24.
 * @throws `protocol/bad-magnitude` for what is no code.
 */
export function magnitudeValue(code: number): number {
  if (!Number.isInteger(code) || code < 0 || code > MAX_MAGNITUDE_CODE)
    throw new TesseraError('protocol/bad-magnitude', `${code} is no magnitude code`, {
      hint: `Codes are whole numbers from 0 to ${MAX_MAGNITUDE_CODE}`,
      context: { code },
    })
  return code < 2 * STEP ? code : (STEP + (code & (STEP - 1))) << ((code >>> 5) - 1)
}

/**
 * The greatest code whose value does not exceed `value` (0 or more; the greatest code for whatever lies above it).
 * @throws `protocol/bad-magnitude` for a negative number or NaN.
 */
export function encodeMagnitudeFloor(value: number): number {
  if (!(value >= 0))
    throw new TesseraError('protocol/bad-magnitude', `${value} is no magnitude`, { hint: 'Encode absolute values' })
  if (value >= MAX_MAGNITUDE) return MAX_MAGNITUDE_CODE
  const whole = Math.floor(value)
  if (whole < 2 * STEP) return whole
  // The value has 32 - clz32 bits, and the first 6 of them are kept.
  const octave = 26 - Math.clz32(whole)
  return STEP * octave + (whole >>> octave)
}

/** The code whose value is nearest to `value`; the lesser one when two are equally near. */
export function encodeMagnitudeNearest(value: number): number {
  const below = encodeMagnitudeFloor(value)
  if (below === MAX_MAGNITUDE_CODE) return below
  const above = below + 1
  return value - magnitudeValue(below) <= magnitudeValue(above) - value ? below : above
}

/** The low magnitude that a ratio (0 to 63) makes of the high one: at least 1, at most the high one. */
export function lowMagnitude(high: number, ratio: number): number {
  return Math.max(1, Math.floor((high * (ratio + 1)) / RATIOS))
}

/** True for the least of the ratios that make the same low magnitude: the only one that may be written. */
export function isCanonicalRatio(high: number, ratio: number): boolean {
  return ratio === 0 || lowMagnitude(high, ratio - 1) < lowMagnitude(high, ratio)
}

/**
 * The ratio whose low magnitude is nearest to `value`; the least one when several are equally near. Of a high magnitude below 64
 * units, of which several ratios make one low magnitude, it may miss the nearest by a unit (2^-24).
 */
export function encodeRatioNearest(high: number, value: number): number {
  const above = Math.max(0, Math.min(RATIOS - 1, Math.floor((RATIOS * value) / high)))
  let ratio = Math.max(0, above - 1)
  for (let other = ratio + 1; other <= Math.min(RATIOS - 1, above + 1); other++)
    if (Math.abs(value - lowMagnitude(high, other)) < Math.abs(value - lowMagnitude(high, ratio))) ratio = other
  while (!isCanonicalRatio(high, ratio)) ratio--
  return ratio
}
