// The training program: any number of AdamW steps in one ONNX Loop. Parameters and both moments are carried from step to step
// inside the runtime, so they leave the device once a call, not once a step.

import { gradients } from '../graph/differentiate.ts'
import { ONNX_CODE } from '../graph/dtype.ts'
import { encodeGraph } from '../graph/encode.ts'
import { Graph, type Sequence, type Value } from '../graph/graph.ts'
import { graphError } from '../graph/shape.ts'
import type { ModelConfig } from '../model/config.ts'
import { tokenLosses } from '../model/llama.ts'
import { type ParameterSpec, parameterSpecs } from '../model/parameterSpecs.ts'
import { ADAMW_DEFAULTS, type AdamWOptions, adamW, type Slot } from '../ops/adamW.ts'
import { itemAt } from '../ops/layout.ts'
import { mean } from '../ops/reduce.ts'

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
  readonly optimizer?: Partial<AdamWOptions>
}

/** ONNX bytes of the training program for `config`. The same arguments give the same bytes. */
export function buildTrainProgram(config: ModelConfig, options: TrainProgramOptions): Uint8Array {
  const specs = parameterSpecs(config)
  const graph = new Graph('train')
  const steps = graph.input(TRAIN_INPUT.steps, 'int64', [])
  const data: StepData = {
    stepsBefore: graph.input(TRAIN_INPUT.stepsBefore, 'int32', []),
    learningRates: graph.inputSequence(TRAIN_INPUT.learningRates, 'float32', 'steps', []),
    tokens: graph.inputSequence(TRAIN_INPUT.tokens, 'int32', 'steps', [options.batch, config.context + 1]),
  }
  const carried = stateInOrder(stateInputs(graph, specs))
  const body = stepGraph(config, specs, data, { ...ADAMW_DEFAULTS, ...options.optimizer })
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

/** The body of the loop: (iteration, condition, state) to (condition, state, loss, norm). */
function stepGraph(config: ModelConfig, specs: readonly ParameterSpec[], data: StepData, options: AdamWOptions): Graph {
  const graph = new Graph('step', 'step/')
  const iteration = graph.input('iteration', 'int64', [])
  const goOn = graph.input('goOn', 'bool', [])
  const state = stateInputs(graph, specs)

  const tokens = itemAt(graph, data.tokens, iteration)
  const loss = meanLoss(graph, config, state.parameters, tokens)
  const slopes = graph.scoped('backward', () => gradients(graph, loss, state.parameters))
  const learningRate = itemAt(graph, data.learningRates, iteration)
  const time = timeOf(graph, data.stepsBefore, iteration)
  const { updated, norm } = adamW(graph, slotsOf(state, slopes), { learningRate, time }, options)

  graph.yieldValue(graph.node('Identity', [goOn], goOn))
  for (const slot of updated) graph.yieldValue(slot.parameter)
  for (const slot of updated) graph.yieldValue(slot.m)
  for (const slot of updated) graph.yieldValue(slot.v)
  graph.yieldValue(loss)
  graph.yieldValue(norm)
  return graph
}

/** The mean loss over all positions of tokens [B, T + 1]; `parameters` in manifest order. */
function meanLoss(graph: Graph, config: ModelConfig, parameters: readonly Value[], tokens: Value): Value {
  return mean(graph, tokenLosses(graph, config, parameters, tokens), [0, 1])
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
