// Root-mean-square normalisation with a learned scale (Zhang and Sennrich 2019), as LLaMA uses it.

import { floatDtype, type Graph, requireShape, type Value } from '../graph/graph.ts'
import { sizeOf } from '../graph/shape.ts'
import { sum } from './reduce.ts'

/**
 * y = w * h with h = x * r and r = 1 / sqrt(mean(x^2) + epsilon) over the last axis. x [n, d], weight [d].
 * Backward, with g = dy * w: dx = r * (g - h * mean(g * h)); dw = sum over rows of dy * h.
 */
export function rmsNorm(graph: Graph, x: Value, weight: Value, epsilon: number): Value {
  const dtype = floatDtype(x, weight)
  const width = sizeOf(x.shape, -1)
  requireShape(weight, [width], 'the scale of a norm')
  const perRow = { dtype, shape: [...x.shape.slice(0, -1), 1] }
  const meanOverRow = (value: Value): Value =>
    graph.node('ReduceMean', [value, graph.integers([x.shape.length - 1])], perRow, { keepdims: { int: 1 } })
  const square = meanOverRow(graph.node('Mul', [x, x], x))
  const shifted = graph.node('Add', [square, graph.scalar(epsilon, dtype)], perRow)
  const r = graph.node('Reciprocal', [graph.node('Sqrt', [shifted], perRow)], perRow)
  const h = graph.node('Mul', [x, r], x)
  return graph.record(graph.node('Mul', [h, weight], x), [x, weight], (gradient) => {
    const g = graph.node('Mul', [gradient, weight], x)
    const drift = graph.node('Mul', [h, meanOverRow(graph.node('Mul', [g, h], x))], x)
    const dx = graph.node('Mul', [graph.node('Sub', [g, drift], x), r], x)
    const rows = [...Array(x.shape.length - 1).keys()]
    return [dx, sum(graph, graph.node('Mul', [gradient, h], x), rows, false)]
  })
}
