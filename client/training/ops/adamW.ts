// One step of AdamW (Loshchilov and Hutter 2019) with the gradient's norm clipped, as graph nodes. Not differentiable.

import { floatDtype, type Graph, type Value } from '../graph/graph.ts'
import { graphError } from '../graph/shape.ts'
import { sumOfSquares } from './reduce.ts'

export interface AdamWOptions {
  /** Decay of the mean of gradients, and of the mean of their squares. */
  readonly beta1: number
  readonly beta2: number
  readonly epsilon: number
  /** Share of a matrix that a step at learning rate 1 removes. Norm scales, the only vectors, do not decay (as in nanoGPT). */
  readonly weightDecay: number
  /** Gradients are scaled down so that the norm over all tensors is at most this. */
  readonly clipNorm: number
}

export const ADAMW_DEFAULTS: AdamWOptions = { beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0.1, clipNorm: 1 }

/** One tensor with its gradient and its moments, all of one shape. */
export interface Slot {
  readonly parameter: Value
  readonly gradient: Value
  readonly m: Value
  readonly v: Value
}

interface Schedule {
  readonly learningRate: Value
  /** 1 for the first step ever. */
  readonly time: Value
  /** What the gradients were multiplied by when they were made; default 1. */
  readonly gradientScale?: number
}

/** Scalars that every tensor of a step shares. */
interface Rates {
  readonly keepM: Value
  readonly addM: Value
  readonly keepV: Value
  readonly addV: Value
  readonly epsilon: Value
  readonly step: Value
  readonly keepWeight: Value
}

/**
 * New parameters and moments, and the norm of the gradient before clipping. `learningRate` and `time` are scalars.
 *
 *   g' = g * min(1, clip / (norm + 1e-6));  m' = b1 m + (1 - b1) g';  v' = b2 v + (1 - b2) g'^2
 *   w' = w (1 - lr * decay) - lr * (m' / c1) / (sqrt(v' / c2) + eps),   c1 = 1 - b1^time, c2 = 1 - b2^time
 *
 * The corrections are moved into scalars, which saves two passes over every tensor: the last quotient equals
 * (sqrt(c2) / c1) * m' / (sqrt(v') + eps * sqrt(c2)).
 */
export function adamW(
  graph: Graph,
  slots: readonly Slot[],
  schedule: Schedule,
  options: AdamWOptions,
): { readonly updated: readonly Omit<Slot, 'gradient'>[]; readonly norm: Value } {
  const { gradientScale = 1 } = schedule
  const norm = graph.scoped('gradientNorm', () => gradientNorm(graph, slots, gradientScale))
  const rates = graph.scoped('rates', () => ratesOf(graph, norm, schedule, options))
  return { updated: slots.map((slot) => graph.scoped('update', () => update(graph, slot, rates))), norm }
}

function gradientNorm(graph: Graph, slots: readonly Slot[], scale: number): Value {
  // Added up two at a time and not by Sum, which WebGPU lacks: its scalars would go to the CPU one after the other.
  const squares = slots
    .map((slot) => sumOfSquares(graph, slot.gradient))
    .reduce<Value | undefined>(
      (sum, next) => (sum === undefined ? next : graph.node('Add', [sum, next], next)),
      undefined,
    )
  if (squares === undefined) throw graphError('there is nothing to optimise')
  const norm = graph.node('Sqrt', [squares], squares)
  return scale === 1 ? norm : graph.node('Mul', [norm, graph.scalar(1 / scale, floatDtype(norm))], norm)
}

function ratesOf(
  graph: Graph,
  norm: Value,
  { learningRate, time, gradientScale = 1 }: Schedule,
  options: AdamWOptions,
): Rates {
  const dtype = floatDtype(norm, learningRate, time)
  const scalar = (value: number): Value => graph.scalar(value, dtype)
  const of = (op: string, ...inputs: Value[]): Value => graph.node(op, inputs, norm)
  const clipped = of('Min', scalar(1), of('Div', scalar(options.clipNorm), of('Add', norm, scalar(1e-6))))
  const clip = gradientScale === 1 ? clipped : of('Mul', clipped, scalar(1 / gradientScale))
  const correction = (beta: number): Value => of('Sub', scalar(1), of('Pow', scalar(beta), time))
  const rootC2 = of('Sqrt', correction(options.beta2))
  return {
    keepM: scalar(options.beta1),
    addM: of('Mul', scalar(1 - options.beta1), clip),
    keepV: scalar(options.beta2),
    addV: of('Mul', scalar(1 - options.beta2), of('Mul', clip, clip)),
    epsilon: of('Mul', scalar(options.epsilon), rootC2),
    step: of('Mul', learningRate, of('Div', rootC2, correction(options.beta1))),
    keepWeight: of('Sub', scalar(1), of('Mul', learningRate, scalar(options.weightDecay))),
  }
}

function update(graph: Graph, slot: Slot, rates: Rates): Omit<Slot, 'gradient'> {
  const of = (op: string, ...inputs: Value[]): Value => graph.node(op, inputs, slot.parameter)
  const m = of('Add', of('Mul', slot.m, rates.keepM), of('Mul', slot.gradient, rates.addM))
  const square = of('Mul', slot.gradient, slot.gradient)
  const v = of('Add', of('Mul', slot.v, rates.keepV), of('Mul', square, rates.addV))
  const direction = of('Div', m, of('Add', of('Sqrt', v), rates.epsilon))
  const decays = slot.parameter.shape.length > 1
  const kept = decays ? of('Mul', slot.parameter, rates.keepWeight) : slot.parameter
  return { parameter: of('Sub', kept, of('Mul', direction, rates.step)), m, v }
}
