// Between the shared state, which is integers, and the tensors that programs work on. The state is an int32 per parameter in
// units of 2^-24 (Q24), dense, in manifest order; floats leave and enter it here and nowhere else.

import { TesseraError } from '@tessera/protocol/errors'
import { elementCount } from './graph/shape.ts'
import { type ParameterSpec, parameterCount } from './model/parameterSpecs.ts'

/** Units of the state in 1. */
const UNITS = 2 ** 24
const INT32_MAX = 2 ** 31 - 1
const INT32_MIN = -(2 ** 31)

/**
 * Each value in units of 2^-24, rounded half to even, saturated at the ends of int32 (about -128 and 128).
 * Throws `training/not-finite` for NaN; an infinity saturates.
 */
export function quantizeQ24(values: Float32Array): Int32Array {
  const state = new Int32Array(values.length)
  for (let index = 0; index < values.length; index++) {
    // Exact: a float32 times a power of two fits a double. Below, so do the sums of whole numbers and a half.
    const scaled = (values[index] as number) * UNITS
    if (Number.isNaN(scaled)) throw notANumber(index)
    const floor = Math.floor(scaled)
    const rest = scaled - floor
    const up = rest > 0.5 || (rest === 0.5 && floor % 2 !== 0)
    state[index] = Math.min(INT32_MAX, Math.max(INT32_MIN, up ? floor + 1 : floor))
  }
  return state
}

/** Each entry rounded to float32, times 2^-24: the float view of the state that every program is given. */
export function toFloat(state: Int32Array): Float32Array {
  const values = new Float32Array(state.length)
  // Multiplying by a power of two is exact, so the only rounding is that of the store.
  for (let index = 0; index < state.length; index++) values[index] = (state[index] as number) / UNITS
  return values
}

/** The tensors of `flat` in the order of `specs`: views on the same memory, no copies. Throws `training/bad-tensor`. */
export function splitTensors(flat: Float32Array, specs: readonly ParameterSpec[]): Float32Array[] {
  const total = parameterCount(specs)
  if (flat.length !== total) throw wrongLength(flat.length, total)
  let offset = 0
  return specs.map((spec) => {
    const start = offset
    offset += elementCount(spec.shape)
    return flat.subarray(start, offset)
  })
}

/** The inverse of `splitTensors`, as a new vector. Throws `training/bad-tensor` when the tensors are not those of `specs`. */
export function joinTensors(tensors: readonly Float32Array[], specs: readonly ParameterSpec[]): Float32Array {
  const flat = new Float32Array(parameterCount(specs))
  const views = splitTensors(flat, specs)
  if (tensors.length !== views.length) throw wrongLength(tensors.length, views.length)
  views.forEach((view, index) => {
    const tensor = tensors[index]
    if (tensor?.length !== view.length) throw wrongLength(tensor?.length ?? 0, view.length)
    view.set(tensor)
  })
  return flat
}

function wrongLength(actual: number, expected: number): TesseraError {
  return new TesseraError('training/bad-tensor', 'the parameters are not those of this model', {
    context: { actual, expected },
    hint: 'The state and the model configuration belong to different runs.',
  })
}

function notANumber(index: number): TesseraError {
  return new TesseraError('training/not-finite', 'a parameter is not a number', {
    context: { index },
    hint: 'The training diverged; lower the learning rate or go back to the last checkpoint.',
  })
}
