// Magnitudes as 16-bit codes: a mantissa of 11 or 12 bits and an exponent, for values in units of 2^-24 below 2^31.
// Strictly increasing, one code per value. Derivation: codes below 2048 are the value itself; above, code = 2048 e + f stands for
// (2048 + f) 2^(e - 1), which continues the sequence at 2048 without a gap and doubles its step every 2048 codes.

import { TesseraError } from './errors.ts'

const STEP = 2048
/** The greatest code: (2048 + 2047) 2^19, the last one below 2^31. */
export const MAX_MAGNITUDE_CODE = 43_007
/** Its value, in units of 2^-24: about 128. */
export const MAX_MAGNITUDE = 4095 * 2 ** 19

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
  return code < STEP ? code : (STEP + (code & (STEP - 1))) * 2 ** ((code >>> 11) - 1)
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
  if (whole < STEP) return whole
  // The value has 32 - clz32 bits; 12 of them are kept, so that many octaves lie above the first.
  const octave = 20 - Math.clz32(whole)
  return STEP * (octave + 1) + ((whole >>> octave) - STEP)
}

/** The code whose value is nearest to `value`; the lesser one when two are equally near. */
export function encodeMagnitudeNearest(value: number): number {
  const below = encodeMagnitudeFloor(value)
  if (below === MAX_MAGNITUDE_CODE) return below
  const above = below + 1
  return value - magnitudeValue(below) <= magnitudeValue(above) - value ? below : above
}
