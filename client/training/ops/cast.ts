// Changing the type of floats, for computing in less precision than parameters are kept in.

import { type FloatDtype, ONNX_CODE } from '../graph/dtype.ts'
import { anyFloatDtype, type Graph, type Value } from '../graph/graph.ts'

/** `a` rounded to `dtype`. The gradient is rounded back. */
export function cast(graph: Graph, a: Value, dtype: FloatDtype | 'float16'): Value {
  const before = anyFloatDtype(a)
  if (before === dtype) return a
  const result = graph.node('Cast', [a], { dtype, shape: a.shape }, { to: { int: ONNX_CODE[dtype] } })
  return graph.record(result, [a], (gradient) => [cast(graph, gradient, before)])
}
