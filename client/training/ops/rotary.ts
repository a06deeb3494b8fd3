// Rotary position embedding (Su et al. 2021) in the half-split layout of Hugging Face's LLaMA: entry i of the first half and
// entry i of the second half of a head form a pair that is turned by position * frequency_i.

import type { Graph, Value } from '../graph/graph.ts'
import { anyFloatDtype } from '../graph/graph.ts'
import { graphError, sizeOf } from '../graph/shape.ts'
import { reshape } from './layout.ts'

/** Tables [positions, head size]: the cosine for both halves, and the sine with the sign that each half takes. */
export interface RotaryTables {
  readonly cosine: Value
  /** First half -sin, second half +sin. */
  readonly signedSine: Value
  /** The same angles turned backwards, for the gradient. */
  readonly reversedSine: Value
}

/**
 * x [..., positions, head size], each pair turned by its angle: y = x * cos + swap(x) * (-sin, +sin), where swap exchanges the
 * halves. A rotation's gradient is the rotation by the opposite angle.
 */
export function rotary(graph: Graph, x: Value, tables: RotaryTables): Value {
  const turned = turn(graph, x, tables.cosine, tables.signedSine)
  return graph.record(turned, [x], (gradient) => [turn(graph, gradient, tables.cosine, tables.reversedSine)])
}

function turn(graph: Graph, x: Value, cosine: Value, sine: Value): Value {
  const size = sizeOf(x.shape, -1)
  if (size % 2 !== 0 || sizeOf(cosine.shape, -1) !== size || sizeOf(cosine.shape, -2) !== sizeOf(x.shape, -2))
    throw graphError('rotary tables do not fit', { x: x.shape, tables: cosine.shape })
  anyFloatDtype(x, cosine, sine)
  const halves = [...x.shape.slice(0, -1), 2, size / 2]
  const split = graph.node('Reshape', [x, graph.integers(halves)], { dtype: x.dtype, shape: halves })
  const order = graph.integers([1, 0])
  const swapped = graph.node('Gather', [split, order], split, { axis: { int: halves.length - 2 } })
  const flat = reshape(graph, swapped, x.shape)
  return graph.node('Add', [graph.node('Mul', [x, cosine], x), graph.node('Mul', [flat, sine], x)], x)
}
