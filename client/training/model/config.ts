// The shape of the model being trained, as the run's manifest names it. Checked here because manifests come from strangers.

import { TesseraError } from '@tessera/protocol/errors'

export interface ModelConfig {
  /** Number of tokens; 256 for bytes. */
  readonly vocabSize: number
  /** Width of the residual stream. A multiple of 2 * heads. */
  readonly dModel: number
  readonly layers: number
  readonly heads: number
  /** Heads that keys and values have; each serves heads / keyValueHeads query heads. Absent: as many as `heads`. */
  readonly keyValueHeads?: number
  /** Width of the feed-forward part. */
  readonly ffn: number
  /** Tokens the model sees at once. */
  readonly context: number
  /** Base of the rotary frequencies; LLaMA uses 10000. */
  readonly ropeBase: number
  /** Added to the mean square in every norm. */
  readonly normEpsilon: number
}

/** Largest value of each whole number, far above any run of ours. The context enters squared, as the mask of attention. */
const LIMITS: Readonly<Record<string, number>> = {
  vocabSize: 1 << 20,
  dModel: 1 << 15,
  layers: 1 << 10,
  heads: 1 << 10,
  keyValueHeads: 1 << 10,
  ffn: 1 << 17,
  context: 1 << 13,
}

/**
 * `value`, read from a manifest, as a ModelConfig with no fields besides.
 * Throws `training/bad-config` naming the field that is missing, out of range or does not divide.
 */
export function checkModelConfig(value: unknown): ModelConfig {
  if (typeof value !== 'object' || value === null) throw badConfig('a model configuration must be an object', { value })
  const fields = value as Record<string, unknown>
  const whole = (name: string): number => {
    const number = fields[name]
    if (typeof number !== 'number' || !Number.isInteger(number) || number < 1 || number > (LIMITS[name] ?? 0))
      throw badConfig(`${name} must be a whole number from 1 to ${LIMITS[name]}`, { [name]: number })
    return number
  }
  const real = (name: string, above: number, atMost: number): number => {
    const number = fields[name]
    if (typeof number !== 'number' || !(number > above && number <= atMost))
      throw badConfig(`${name} must be above ${above} and at most ${atMost}`, { [name]: number })
    return number
  }
  const config = {
    vocabSize: whole('vocabSize'),
    dModel: whole('dModel'),
    layers: whole('layers'),
    heads: whole('heads'),
    ...(fields.keyValueHeads === undefined ? {} : { keyValueHeads: whole('keyValueHeads') }),
    ffn: whole('ffn'),
    context: whole('context'),
    ropeBase: real('ropeBase', 1, 1e9),
    normEpsilon: real('normEpsilon', 0, 1e-1),
  }
  // A pair of coordinates is what a rotation turns, so a head has an even number of them.
  if (config.dModel % (2 * config.heads) !== 0) throw badConfig('dModel must be a multiple of 2 * heads', { ...config })
  if (config.heads % keyValueHeads(config) !== 0)
    throw badConfig('heads must be a multiple of keyValueHeads', { ...config })
  if (parameterBound(config) > MOST_PARAMETERS)
    throw badConfig(`the model must have at most ${MOST_PARAMETERS} parameters`, { ...config })
  return config
}

/** Parameters that fit the shared state, whose length is an int32. */
const MOST_PARAMETERS = 2 ** 31 - 1

/** An upper bound, so that nothing is allocated for a configuration that is too large. */
function parameterBound(config: ModelConfig): number {
  const perLayer = config.dModel * (4 * config.dModel + 3 * config.ffn + 2)
  return config.dModel * (2 * config.vocabSize + 1) + config.layers * perLayer
}

export function headSize(config: ModelConfig): number {
  return config.dModel / config.heads
}

export function keyValueHeads(config: ModelConfig): number {
  return config.keyValueHeads ?? config.heads
}

function badConfig(message: string, context: Readonly<Record<string, unknown>>): TesseraError {
  return new TesseraError('training/bad-config', message, {
    context,
    hint: "Correct the model's configuration in the run's manifest.",
  })
}
