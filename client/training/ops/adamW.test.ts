import assert from 'node:assert/strict'
import { test } from 'node:test'
import { typedArray } from '../graph/dtype.ts'
import { encodeGraph } from '../graph/encode.ts'
import { Graph } from '../graph/graph.ts'
import { elementCount, type Shape } from '../graph/shape.ts'
import { Random } from '../random.ts'
import { Session, type TensorInputs } from '../session.ts'
import { ADAMW_DEFAULTS, adamW } from './adamW.ts'

interface Tensor {
  readonly shape: Shape
  w: number[]
  m: number[]
  v: number[]
}

/** The algorithm as the paper has it, one number at a time, in double precision. Returns the norm before clipping. */
function referenceStep(tensors: readonly Tensor[], slopes: readonly number[][], rate: number, time: number): number {
  const { beta1, beta2, epsilon, weightDecay, clipNorm } = ADAMW_DEFAULTS
  const norm = Math.sqrt(slopes.flat().reduce((sum, slope) => sum + slope * slope, 0))
  const clip = Math.min(1, clipNorm / (norm + 1e-6))
  for (const [which, tensor] of tensors.entries()) {
    for (const [index, slope] of slopes[which]!.entries()) {
      const g = slope * clip
      const m = beta1 * tensor.m[index]! + (1 - beta1) * g
      const v = beta2 * tensor.v[index]! + (1 - beta2) * g * g
      const direction = m / (1 - beta1 ** time) / (Math.sqrt(v / (1 - beta2 ** time)) + epsilon)
      const decay = tensor.shape.length > 1 ? rate * weightDecay * tensor.w[index]! : 0
      tensor.w[index] = tensor.w[index]! - decay - rate * direction
      tensor.m[index] = m
      tensor.v[index] = v
    }
  }
  return norm
}

const SHAPES: readonly Shape[] = [[3, 2], [4]]

function program(gradientScale: number): Uint8Array {
  const graph = new Graph('adamW')
  const slots = SHAPES.map((shape, index) => ({
    parameter: graph.input(`w${index}`, 'float64', shape),
    gradient: graph.input(`g${index}`, 'float64', shape),
    m: graph.input(`m${index}`, 'float64', shape),
    v: graph.input(`v${index}`, 'float64', shape),
  }))
  const schedule = {
    learningRate: graph.input('rate', 'float64', []),
    time: graph.input('time', 'float64', []),
    gradientScale,
  }
  const { updated, norm } = adamW(graph, slots, schedule, ADAMW_DEFAULTS)
  updated.forEach((slot, index) => {
    graph.output(`new/w${index}`, slot.parameter)
    graph.output(`new/m${index}`, slot.m)
    graph.output(`new/v${index}`, slot.v)
  })
  graph.output('norm', norm)
  return encodeGraph(graph)
}

// Large gradients are clipped and small ones are not; a resumed run starts with a late step.
for (const [name, size, firstTime, scale] of [
  ['clipped', 3, 1, 1],
  ['not clipped', 0.05, 1, 1],
  ['resumed late', 1, 5000, 1],
  ['of gradients that were multiplied and clipped', 3, 1, 1024],
  ['of gradients that were multiplied', 0.05, 1, 1024],
] as const) {
  test(`the steps are those of the paper, ${name}`, async () => {
    const session = await Session.create(program(scale))
    const random = new Random(21)
    const numbers = (shape: Shape, scale: number): number[] =>
      Array.from({ length: elementCount(shape) }, () => scale * random.normal())
    const tensors = SHAPES.map((shape) => ({
      shape,
      w: numbers(shape, 1),
      m: numbers(shape, 0),
      v: numbers(shape, 0),
    }))
    for (let step = 0; step < 6; step++) {
      const slopes = SHAPES.map((shape) => numbers(shape, size))
      const rate = 0.01 * (step + 1)
      const feeds: Record<string, TensorInputs[string]> = {
        rate: { data: Float64Array.of(rate), shape: [] },
        time: { data: Float64Array.of(firstTime + step), shape: [] },
      }
      tensors.forEach((tensor, index) => {
        const input = (values: readonly number[]) => ({ data: typedArray('float64', values), shape: tensor.shape })
        feeds[`w${index}`] = input(tensor.w)
        feeds[`g${index}`] = input(slopes[index]!.map((slope) => slope * scale))
        feeds[`m${index}`] = input(tensor.m)
        feeds[`v${index}`] = input(tensor.v)
      })
      const outputs = await session.run(feeds)
      const norm = referenceStep(tensors, slopes, rate, firstTime + step)
      assert.ok(Math.abs(Number(outputs.norm![0]) - norm) < 1e-12 * norm)
      tensors.forEach((tensor, index) => {
        for (const part of ['w', 'm', 'v'] as const) {
          for (const [at, expected] of tensor[part].entries()) {
            const actual = Number(outputs[`new/${part}${index}`]![at])
            assert.ok(
              Math.abs(actual - expected) <= 1e-12 * (1 + Math.abs(expected)),
              `step ${step} ${part}${index}[${at}]`,
            )
          }
        }
      })
    }
    await session.dispose()
  })
}
