// Zeros that sums begin with.

import { type FloatDtype, ONNX_CODE } from '../graph/dtype.ts'
import type { Graph, Value } from '../graph/graph.ts'
import { elementCount, type Shape } from '../graph/shape.ts'
import { reshape, slice } from './layout.ts'

/**
 * Zeros of `shape`, made when the graph runs: they are stretched from a difference of whole numbers with themselves, taken from
 * `numbers` (int32). Zeros known beforehand the runtime would make when it loads the file, and hold in memory for good: for the
 * gradients of a billion parameters 4 GB.
 */
export function zeros(graph: Graph, shape: Shape, dtype: FloatDtype, numbers: Value): Value {
  const one = slice(graph, reshape(graph, numbers, [elementCount(numbers.shape)]), 0, 0, 1)
  const zero = graph.node(
    'Cast',
    [graph.node('Sub', [one, one], one)],
    { dtype, shape: [1] },
    { to: { int: ONNX_CODE[dtype] } },
  )
  return graph.node('Expand', [zero, graph.integers(shape)], { dtype, shape })
}
