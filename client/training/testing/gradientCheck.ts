// @testonly Compares the gradients that differentiation derives with central finite differences. Both run in float64 on the CPU,
// where differences are good to about 1e-9, and the derived ones once more in float32, the type that trains.

import assert from 'node:assert/strict'
import { gradients } from '../graph/differentiate.ts'
import { type FloatDtype, typedArray } from '../graph/dtype.ts'
import { encodeGraph } from '../graph/encode.ts'
import { Graph, type Value } from '../graph/graph.ts'
import { elementCount, type Shape } from '../graph/shape.ts'
import { multiply } from '../ops/elementwise.ts'
import { reshape } from '../ops/layout.ts'
import { mean } from '../ops/reduce.ts'
import { Random } from '../random.ts'
import { Session, type TensorInputs } from '../session.ts'

export interface GradientCase {
  readonly shapes: readonly Shape[]
  /** The operation under test. */
  readonly build: (graph: Graph, inputs: readonly Value[]) => Value
  /** Inputs are drawn from here; default -2 to 2. */
  readonly range?: readonly [number, number]
  /** Coordinates checked per input; default all. */
  readonly coordinates?: number
}

/** Half the distance of a central difference: its error is about STEP^2, and 1e-16 / STEP from rounding. */
const STEP = 1e-5
const TOLERANCE_FLOAT64 = 1e-6
const TOLERANCE_FLOAT32 = 1e-4

/** Asserts that every input's gradient is right. The loss is a weighted mean of the operation's result. */
export async function checkGradients(testCase: GradientCase): Promise<void> {
  const [low, high] = testCase.range ?? [-2, 2]
  const random = new Random(7)
  const inputs = testCase.shapes.map((shape) =>
    Array.from({ length: elementCount(shape) }, () => low + (high - low) * random.uniform()),
  )
  const exact = await lossProgram(testCase, 'float64')
  const single = await lossProgram(testCase, 'float32')
  try {
    const derived = await exact(inputs)
    const derivedSingle = await single(inputs)
    for (const [which, values] of inputs.entries()) {
      for (const index of chosenCoordinates(values.length, testCase.coordinates)) {
        const moved = (by: number): number[][] =>
          inputs.map((other, at) => (at === which ? other.with(index, (other[index] ?? 0) + by) : other))
        const difference = ((await exact(moved(STEP))).loss - (await exact(moved(-STEP))).loss) / (2 * STEP)
        const where = `input ${which}, coordinate ${index}`
        assertClose(derived.gradients[which]?.[index], difference, TOLERANCE_FLOAT64, where)
        assertClose(derivedSingle.gradients[which]?.[index], difference, TOLERANCE_FLOAT32, `${where} in float32`)
      }
    }
  } finally {
    await exact.dispose()
    await single.dispose()
  }
}

interface LossProgram {
  (inputs: readonly (readonly number[])[]): Promise<{ loss: number; gradients: number[][] }>
  dispose(): Promise<void>
}

async function lossProgram(testCase: GradientCase, dtype: FloatDtype): Promise<LossProgram> {
  const graph = new Graph('check')
  const inputs = testCase.shapes.map((shape, index) => graph.input(`x${index}`, dtype, shape))
  const loss = weightedMean(graph, testCase.build(graph, inputs), dtype)
  graph.output('loss', loss)
  gradients(graph, loss, inputs).forEach((gradient, index) => {
    graph.output(`gradient${index}`, gradient)
  })
  const session = await Session.create(encodeGraph(graph))
  const run = async (values: readonly (readonly number[])[]) => {
    const feeds: TensorInputs = Object.fromEntries(
      values.map((value, index) => [
        `x${index}`,
        { data: typedArray(dtype, value), shape: testCase.shapes[index] as Shape },
      ]),
    )
    const outputs = await session.run(feeds)
    const numbers = (name: string): number[] => Array.from(outputs[name] as Float64Array)
    return { loss: numbers('loss')[0] as number, gradients: values.map((_, index) => numbers(`gradient${index}`)) }
  }
  return Object.assign(run, { dispose: () => session.dispose() })
}

/** A scalar that depends on every element of `result` by another weight, so that no mistake cancels out. */
function weightedMean(graph: Graph, result: Value, dtype: FloatDtype): Value {
  const count = elementCount(result.shape)
  const random = new Random(11)
  const weights = Array.from({ length: count }, () => 0.5 + random.uniform())
  const flat = reshape(graph, result, [count])
  return mean(graph, multiply(graph, flat, graph.constant([count], typedArray(dtype, weights))), [0])
}

function chosenCoordinates(count: number, wanted = count): number[] {
  const all = new Random(13).shuffle([...Array(count).keys()])
  return all.slice(0, wanted)
}

/** Within `tolerance` of each other, relative to the larger, or absolutely below size 1. */
function assertClose(actual: number | undefined, expected: number, tolerance: number, where: string): void {
  assert.ok(actual !== undefined, where)
  const scale = Math.max(1, Math.abs(actual), Math.abs(expected))
  assert.ok(Math.abs(actual - expected) <= tolerance * scale, `${where}: derived ${actual}, difference ${expected}`)
}
