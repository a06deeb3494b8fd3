// Rotary frequencies stretched for contexts longer than the one a model was first trained on, as Hugging Face's
// modeling_rope_utils has them.

import type { RopeScaling } from '@tessera/protocol/manifest'
import { exp, ln } from './portableMath.ts'

type Refusal = (message: string, context: Readonly<Record<string, unknown>>) => Error

/** `value` as a RopeScaling with no fields besides; throws what `refusal` makes of the first that is missing or out of range. */
export function checkRopeScaling(value: unknown, refusal: Refusal): RopeScaling {
  if (typeof value !== 'object' || value === null) throw refusal('ropeScaling must be an object', { value })
  const fields = value as Readonly<Record<string, unknown>>
  const real = (name: string, least: number): number => {
    const number = fields[name]
    if (typeof number !== 'number' || !(number >= least && number <= 1e6))
      throw refusal(`ropeScaling.${name} must be from ${least} to 1e6`, { [name]: number })
    return number
  }
  if (fields.kind !== 'linear' && fields.kind !== 'llama3')
    throw refusal('ropeScaling.kind must be linear or llama3', { kind: fields.kind })
  const factor = real('factor', 1)
  if (fields.kind === 'linear') return { kind: 'linear', factor }
  const lowFrequencyFactor = real('lowFrequencyFactor', 1e-3)
  const highFrequencyFactor = real('highFrequencyFactor', 1e-3)
  const originalContext = real('originalContext', 1)
  if (highFrequencyFactor <= lowFrequencyFactor)
    throw refusal('ropeScaling.highFrequencyFactor must be above lowFrequencyFactor', { ...fields })
  if (!Number.isInteger(originalContext))
    throw refusal('ropeScaling.originalContext must be a whole number', { originalContext })
  return { kind: 'llama3', factor, lowFrequencyFactor, highFrequencyFactor, originalContext }
}

/** The angle per position of each pair of a head of `size` coordinates, [size / 2]: base^(-2i / size), scaled. */
export function rotaryFrequencies(size: number, base: number, scaling?: RopeScaling): number[] {
  return Array.from({ length: size / 2 }, (_, pair) => scaledFrequency(exp((-2 * pair * ln(base)) / size), scaling))
}

function scaledFrequency(frequency: number, scaling: RopeScaling | undefined): number {
  if (scaling === undefined) return frequency
  if (scaling.kind === 'linear') return frequency / scaling.factor
  const { factor, lowFrequencyFactor, highFrequencyFactor, originalContext } = scaling
  // Turns that a pair makes over the original context: the inverse of its wavelength in contexts.
  const turns = (originalContext * frequency) / (2 * Math.PI)
  const unscaled = (turns - lowFrequencyFactor) / (highFrequencyFactor - lowFrequencyFactor)
  const share = Math.min(1, Math.max(0, unscaled))
  return (1 - share) * (frequency / factor) + share * frequency
}
