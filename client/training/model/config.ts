// The shape of the model being trained, as the run's manifest names it: the LLaMA architecture with the parameters that Hugging
// Face gives it. Checked here because manifests come from strangers.

import { TesseraError } from '@tessera/protocol/errors'
import type { RopeScaling } from '@tessera/protocol/manifest'
import { checkRopeScaling } from './ropeScaling.ts'

export interface ModelConfig {
  /** Number of tokens; 256 for bytes. */
  readonly vocabSize: number
  /** Width of the residual stream. */
  readonly dModel: number
  readonly layers: number
  readonly heads: number
  /** Heads that keys and values have; each serves heads / keyValueHeads query heads. Absent: as many as `heads`. */
  readonly keyValueHeads?: number
  /** Width of a head (`head_dim` of Hugging Face), even. Absent: dModel / heads. */
  readonly headSize?: number
  /** Width of the feed-forward part. */
  readonly ffn: number
  /** Tokens the model sees at once. */
  readonly context: number
  /** Base of the rotary frequencies; LLaMA uses 10000, LLaMA 3 500000. */
  readonly ropeBase: number
  /** Absent: the frequencies are used as they are. */
  readonly ropeScaling?: RopeScaling
  /** Added to the mean square in every norm. */
  readonly normEpsilon: number
  /** Whether the embedding table is the head as well, so that there is no `lm_head.weight`. Absent: false. */
  readonly tiedEmbeddings?: boolean
}

/** Largest value of each whole number: above any open model of the architecture (LLaMA 3.1 405B), below what overflows a size. */
const LIMITS = {
  vocabSize: 1 << 20,
  dModel: 1 << 15,
  layers: 1 << 10,
  heads: 1 << 10,
  keyValueHeads: 1 << 10,
  headSize: 1 << 12,
  ffn: 1 << 18,
  context: 1 << 17,
} as const

/** Entries of the rotary tables, context * headSize: they are written into the file of every program. */
const MOST_ROTATIONS = 1 << 24

/** Parameters that fit the shared state for now: its index is an int32. Larger models can be described but not trained yet. */
const MOST_PARAMETERS = 2 ** 31 - 1

/**
 * `value`, read from a manifest, as a ModelConfig with no fields besides.
 * Throws `training/bad-config` naming the field that is missing, out of range or does not divide.
 */
export function checkModelConfig(value: unknown): ModelConfig {
  const fields = fieldsOf(value)
  const whole = (name: keyof typeof LIMITS): number => {
    const number = fields[name]
    if (typeof number !== 'number' || !Number.isInteger(number) || number < 1 || number > LIMITS[name])
      throw badConfig(`${name} must be a whole number from 1 to ${LIMITS[name]}`, { [name]: number })
    return number
  }
  const real = (name: string, above: number, atMost: number): number => {
    const number = fields[name]
    if (typeof number !== 'number' || !(number > above && number <= atMost))
      throw badConfig(`${name} must be above ${above} and at most ${atMost}`, { [name]: number })
    return number
  }
  const { tiedEmbeddings } = fields
  if (tiedEmbeddings !== undefined && typeof tiedEmbeddings !== 'boolean')
    throw badConfig('tiedEmbeddings must be true or false', { tiedEmbeddings })
  const config = {
    vocabSize: whole('vocabSize'),
    dModel: whole('dModel'),
    layers: whole('layers'),
    heads: whole('heads'),
    ...(fields.keyValueHeads === undefined ? {} : { keyValueHeads: whole('keyValueHeads') }),
    ...(fields.headSize === undefined ? {} : { headSize: whole('headSize') }),
    ffn: whole('ffn'),
    context: whole('context'),
    ropeBase: real('ropeBase', 1, 1e9),
    ...(fields.ropeScaling === undefined ? {} : { ropeScaling: checkRopeScaling(fields.ropeScaling, badConfig) }),
    normEpsilon: real('normEpsilon', 0, 1e-1),
    ...(tiedEmbeddings === undefined ? {} : { tiedEmbeddings }),
  }
  checkHeads(config)
  return config
}

/** Throws `training/bad-config` where heads do not divide what they share. */
function checkHeads(config: ModelConfig): void {
  const context = { ...config }
  // A pair of coordinates is what a rotation turns, so a head has an even number of them.
  if (headSize(config) % 2 !== 0)
    throw badConfig('headSize must be even; where it is absent, dModel must be a multiple of 2 * heads', context)
  if (config.heads % keyValueHeads(config) !== 0) throw badConfig('heads must be a multiple of keyValueHeads', context)
  if (config.context * headSize(config) > MOST_ROTATIONS)
    throw badConfig(`context * headSize must be at most ${MOST_ROTATIONS}`, context)
}

/**
 * Throws `training/bad-config` unless the shared state can hold the model: for whoever allocates one. Counts without making the
 * list of tensors, so that nothing is allocated for a configuration that is too large.
 */
export function requireTrainable(config: ModelConfig): void {
  const attention = 2 * (config.heads + keyValueHeads(config)) * headSize(config)
  const perLayer = config.dModel * (attention + 3 * config.ffn + 2)
  const tables = tied(config) ? 1 : 2
  const parameters = config.dModel * (tables * config.vocabSize + 1) + config.layers * perLayer
  if (parameters > MOST_PARAMETERS)
    throw badConfig(`the model has ${parameters} parameters; the shared state holds at most ${MOST_PARAMETERS}`, {
      ...config,
    })
}

/** Width of a head. */
export function headSize(config: ModelConfig): number {
  return config.headSize ?? config.dModel / config.heads
}

export function keyValueHeads(config: ModelConfig): number {
  return config.keyValueHeads ?? config.heads
}

/** Whether the embedding table is the head as well. */
export function tied(config: ModelConfig): boolean {
  return config.tiedEmbeddings ?? false
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) throw badConfig('a model configuration must be an object', { value })
  return value as Record<string, unknown>
}

function badConfig(message: string, context: Readonly<Record<string, unknown>>): TesseraError {
  return new TesseraError('training/bad-config', message, {
    context,
    hint: "Correct the model's configuration in the run's manifest.",
  })
}
