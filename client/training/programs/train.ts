// The training program: any number of AdamW steps in one ONNX Loop. Parameters and both moments are carried from step to step
// inside the runtime, so they leave the device once a call, not once a step. Within a step a batch may be worked on in equal
// parts, one after the other, whose gradients are added up: the memory is that of a part.

import { gradients } from '../graph/differentiate.ts'
import { ONNX_CODE } from '../graph/dtype.ts'
import { encodeGraph } from '../graph/encode.ts'
import { Graph, type Sequence, type Value } from '../graph/graph.ts'
import { loop } from '../graph/loop.ts'
import { graphError, sizeOf } from '../graph/shape.ts'
import type { ModelConfig } from '../model/config.ts'
import { type Compute, tokenLosses } from '../model/llama.ts'
import { type ParameterSpec, parameterSpecs } from '../model/parameterSpecs.ts'
import { ADAMW_DEFAULTS, type AdamWOptions, adamW, type Slot } from '../ops/adamW.ts'
import { multiply } from '../ops/elementwise.ts'
import { itemAt, reshape } from '../ops/layout.ts'
import { mean } from '../ops/reduce.ts'
import { zeros } from '../ops/zeros.ts'
import { badRequest, requireWhole } from '../request.ts'

/** Inputs besides the parameters, which go by their own names, and the moments. */
export const TRAIN_INPUT = {
  /** int64 scalar: how many steps this call makes; at most the length of the two sequences. */
  steps: 'steps',
  /** int32 scalar: steps made before this call, over the whole life of the moments. */
  stepsBefore: 'stepsBefore',
  /** float32 [steps]. */
  learningRates: 'learningRates',
  /** int32 [steps, B, T + 1]: the first T of a row are read, the last T are predicted. */
  tokens: 'tokens',
} as const

export const TRAIN_OUTPUT = {
  /** float32 [steps]: mean loss of each step's batch before its update, in nats per token. */
  losses: 'losses',
  /** float32 [steps]: norm of each step's gradient over all tensors, before clipping. */
  gradientNorms: 'gradientNorms',
} as const

export const firstMoment = (parameter: string): string => `m/${parameter}`
export const secondMoment = (parameter: string): string => `v/${parameter}`
/** The output that holds the new value of the input `name`. */
export const updatedName = (name: string): string => `new/${name}`

export interface TrainProgramOptions {
  /** Sequences per step. */
  readonly batch: number
  /** Equal parts that a batch is worked on in; default 1. The step is the same but for rounding. */
  readonly microBatches?: number
  /** Default `float32`. With `float16` parameters, moments, norms, losses and sums of gradients are float32 still. */
  readonly compute?: Compute
  readonly optimizer?: Partial<AdamWOptions>
}

/**
 * What the loss is multiplied by before gradients are taken in float16, and gradients are divided by afterwards (Micikevicius et
 * al. 2018): without it slopes of a mean over many tokens fall below the smallest float16, 6e-8. The largest is 65504, so a
 * gradient may have entries of up to 64.
 */
const LOSS_SCALE = 1024

/**
 * ONNX bytes of the training program for `config`. The same arguments give the same bytes. Throws `training/bad-request` when
 * the batch does not divide into as many parts.
 */
export function buildTrainProgram(config: ModelConfig, options: TrainProgramOptions): Uint8Array {
  const { batch, microBatches = 1, compute = 'float32' } = options
  requireWhole('microBatches', microBatches, 1)
  if (batch % microBatches !== 0) throw badRequest('microBatches must divide the batch', { batch, microBatches })
  const specs = parameterSpecs(config)
  const graph = new Graph('train')
  const steps = graph.input(TRAIN_INPUT.steps, 'int64', [])
  const data: StepData = {
    stepsBefore: graph.input(TRAIN_INPUT.stepsBefore, 'int32', []),
    learningRates: graph.inputSequence(TRAIN_INPUT.learningRates, 'float32', 'steps', []),
    tokens: graph.inputSequence(TRAIN_INPUT.tokens, 'int32', 'steps', [batch, config.context + 1]),
  }
  const carried = stateInOrder(stateInputs(graph, specs))
  const settings = { microBatches, compute, optimizer: { ...ADAMW_DEFAULTS, ...options.optimizer } }
  const body = stepGraph(config, specs, data, settings)
  // The trip count alone ends the loop: its condition is absent, which ONNX writes as an empty name.
  const inputs = [steps.name, '', ...carried.map((value) => value.name)]
  const state = carried.map((value) => ({ ...value, name: updatedName(value.name) }))
  const perStep = [TRAIN_OUTPUT.losses, TRAIN_OUTPUT.gradientNorms].map(
    (name): Sequence => ({ name, dtype: 'float32', length: 'steps', item: [] }),
  )
  graph.outputNode('Loop', inputs, [...state, ...perStep], { body: { graph: body } })
  return encodeGraph(graph)
}

/** What a step reads from the graph around the loop. */
interface StepData {
  readonly stepsBefore: Value
  readonly learningRates: Sequence
  readonly tokens: Sequence
}

/** What the loop carries: per tensor of the manifest its value and its two moments. */
interface State {
  readonly parameters: readonly Value[]
  readonly m: readonly Value[]
  readonly v: readonly Value[]
}

interface StepSettings {
  readonly microBatches: number
  readonly compute: Compute
  readonly optimizer: AdamWOptions
}

/** The body of the loop: (iteration, condition, state) to (condition, state, loss, norm). */
function stepGraph(
  config: ModelConfig,
  specs: readonly ParameterSpec[],
  data: StepData,
  settings: StepSettings,
): Graph {
  const graph = new Graph('step', 'step/')
  const iteration = graph.input('iteration', 'int64', [])
  const goOn = graph.input('goOn', 'bool', [])
  const state = stateInputs(graph, specs)

  const tokens = itemAt(graph, data.tokens, iteration)
  const { loss, slopes } = lossAndSlopes(graph, config, state.parameters, tokens, settings)
  const learningRate = itemAt(graph, data.learningRates, iteration)
  const time = timeOf(graph, data.stepsBefore, iteration)
  const schedule = { learningRate, time, gradientScale: lossScale(settings.compute) }
  const { updated, norm } = adamW(graph, slotsOf(state, slopes), schedule, settings.optimizer)

  graph.yieldValue(graph.node('Identity', [goOn], goOn))
  for (const slot of updated) graph.yieldValue(slot.parameter)
  for (const slot of updated) graph.yieldValue(slot.m)
  for (const slot of updated) graph.yieldValue(slot.v)
  graph.yieldValue(loss)
  graph.yieldValue(norm)
  return graph
}

const lossScale = (compute: Compute): number => (compute === 'float16' ? LOSS_SCALE : 1)

interface LossAndSlopes {
  /** The mean over all positions, a scalar. */
  readonly loss: Value
  /** Of the loss times the loss scale, per parameter. */
  readonly slopes: readonly Value[]
}

/** For tokens [B, T + 1]; `parameters` in manifest order. */
function lossAndSlopes(
  graph: Graph,
  config: ModelConfig,
  parameters: readonly Value[],
  tokens: Value,
  { microBatches, compute }: StepSettings,
): LossAndSlopes {
  const whole = (inner: Graph, some: Value, share: number): LossAndSlopes => {
    const loss = mean(inner, tokenLosses(inner, config, parameters, some, { compute }), [0, 1])
    const scale = share * lossScale(compute)
    const scaled = scale === 1 ? loss : multiply(inner, loss, inner.scalar(scale, 'float32'))
    return { loss, slopes: inner.scoped('backward', () => gradients(inner, scaled, parameters)) }
  }
  if (microBatches === 1) return whole(graph, tokens, 1)
  const parts = reshape(graph, tokens, [microBatches, sizeOf(tokens.shape, 0) / microBatches, sizeOf(tokens.shape, 1)])
  const none = parameters.map((parameter) => zeros(graph, parameter.shape, 'float32', tokens))
  const { carried, collected } = loop(graph, 'microBatches', microBatches, none, ({ graph: inner, index, carried }) => {
    const type = { dtype: tokens.dtype, shape: parts.shape.slice(1) }
    const part = inner.node('Gather', [parts, index], type, { axis: { int: 0 } })
    const { loss, slopes } = whole(inner, part, 1 / microBatches)
    const sums = slopes.map((slope, at) => inner.node('Add', [carried[at] ?? slope, slope], slope))
    return { carried: sums, collected: [loss] }
  })
  const [losses] = collected
  if (losses === undefined) throw graphError('a loop gave no losses')
  return { loss: mean(graph, losses, [0]), slopes: carried }
}

function stateInputs(graph: Graph, specs: readonly ParameterSpec[]): State {
  const inputs = (nameOf: (parameter: string) => string): Value[] =>
    specs.map((spec) => graph.input(nameOf(spec.name), 'float32', spec.shape))
  return { parameters: inputs((name) => name), m: inputs(firstMoment), v: inputs(secondMoment) }
}

function stateInOrder(state: State): Value[] {
  return [...state.parameters, ...state.m, ...state.v]
}

function slotsOf(state: State, slopes: readonly Value[]): Slot[] {
  return state.parameters.map((parameter, index) => {
    const [gradient, m, v] = [slopes[index], state.m[index], state.v[index]]
    if (gradient === undefined || m === undefined || v === undefined)
      throw graphError('a parameter has no gradient or no moments', { name: parameter.name })
    return { parameter, gradient, m, v }
  })
}

/** 1 for the first step ever: stepsBefore + iteration + 1, exact in float32 up to 2^24 steps. */
function timeOf(graph: Graph, stepsBefore: Value, iteration: Value): Value {
  const type = { dtype: 'float32', shape: [] } as const
  const asFloat = (value: Value): Value => graph.node('Cast', [value], type, { to: { int: ONNX_CODE.float32 } })
  const done = graph.node('Add', [asFloat(stepsBefore), asFloat(iteration)], type)
  return graph.node('Add', [done, graph.scalar(1, 'float32')], type)
}
