// Checks that trainer, evaluator and generator share: the sizes of what they are asked to work on, before anything runs.

import { TesseraError } from '@tessera/protocol/errors'
import type { ParameterSpec } from './model/parameterSpecs.ts'
import { splitTensors } from './parameters.ts'
import type { TensorInput } from './session.ts'

/** A request whose parts do not fit each other or the model. */
export function badRequest(message: string, context: Readonly<Record<string, unknown>>): TesseraError {
  return new TesseraError('training/bad-request', message, {
    context,
    hint: "Compare the request with the run's manifest: model, batch size and steps must be the same.",
  })
}

/** Throws `training/bad-request` when `value` is not a whole number of at least `least`. */
export function requireWhole(name: string, value: number, least: number): void {
  if (!Number.isSafeInteger(value) || value < least)
    throw badRequest(`${name} must be a whole number of at least ${least}`, { [name]: value })
}

/** Throws `training/bad-request` naming the first token outside the vocabulary. */
export function checkTokens(tokens: Int32Array | Uint8Array, vocabSize: number): void {
  const index = tokens.findIndex((token: number) => token < 0 || token >= vocabSize)
  if (index >= 0) throw badRequest('a token is not in the vocabulary', { index, token: tokens[index], vocabSize })
}

/** The inputs that hold `flat`, one tensor each, under `nameOf` the parameter's name. Views, no copies. */
export function tensorInputs(
  flat: Float32Array,
  specs: readonly ParameterSpec[],
  nameOf: (parameter: string) => string = (parameter) => parameter,
): Record<string, TensorInput> {
  const tensors = splitTensors(flat, specs)
  return Object.fromEntries(
    specs.map((spec, index) => [nameOf(spec.name), { data: tensors[index] as Float32Array, shape: spec.shape }]),
  )
}
