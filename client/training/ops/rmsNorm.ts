// Root-mean-square normalisation with a learned scale (Zhang and Sennrich 2019), as LLaMA uses it.

import { floatDtype, type Graph, requireShape, type Value } from '../graph/graph.ts'
import { sizeOf } from '../graph/shape.ts'
import { sum } from './reduce.ts'

/**
 * y = w * h with h = x * r and r = 1 / sqrt(mean(x^2) + epsilon) over the last axis. x [..., d], weight [d].
 * Backward, with e = dy * h: dw = sum over rows of e; dx = r * (dy * w - h * mean(e * w)).
 */
export function rmsNorm(graph: Graph, x: Value, weight: Value, epsilon: number): Value {
  const dtype = floatDtype(x, weight)
  const width = sizeOf(x.shape, -1)
  requireShape(weight, [width], 'the scale of a norm')
  const perRow = { dtype, shape: [...x.shape.slice(0, -1), 1] }
  const overWidth = graph.scalar(1 / width, dtype)
  const last = graph.integers([x.shape.length - 1])
  const squares = graph.node('ReduceSumSquare', [x, last], perRow, { keepdims: { int: 1 } })
  const mean = graph.node('Mul', [squares, overWidth], perRow)
  const shifted = graph.node('Add', [mean, graph.scalar(epsilon, dtype)], perRow)
  const r = graph.node('Reciprocal', [graph.node('Sqrt', [shifted], perRow)], perRow)
  const h = graph.node('Mul', [x, r], x)
  return graph.record(graph.node('Mul', [h, weight], x), [x, weight], (gradient) => {
    const e = graph.node('Mul', [gradient, h], x)
    const meanOverRow = graph.node('ReduceMean', [graph.node('Mul', [e, weight], x), last], perRow, {
      keepdims: { int: 1 },
    })
    const drift = graph.node('Mul', [h, meanOverRow], x)
    const dx = graph.node('Mul', [graph.node('Sub', [graph.node('Mul', [gradient, weight], x), drift], x), r], x)
    const rows = [...Array(x.shape.length - 1).keys()]
    return [dx, sum(graph, e, rows, false)]
  })
}
