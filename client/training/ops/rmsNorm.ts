// Root-mean-square normalisation with a learned scale (Zhang and Sennrich 2019), as LLaMA uses it.

import { floatDtype, type Graph, requireShape, type Value } from '../graph/graph.ts'
import { elementCount, sizeOf } from '../graph/shape.ts'
import { filled, reshape } from './layout.ts'
import { product } from './matrix.ts'

/**
 * y = w * h with h = x * r and r = 1 / sqrt(mean(x^2) + epsilon) over the last axis. x [..., d], weight [d].
 * Backward, with e = dy * h: dw = sum over rows of e; dx = r * (dy * w - h * mean(e * w)). Both sums over e are products of a
 * matrix and a vector, which read e once and write nothing of its size.
 */
export function rmsNorm(graph: Graph, x: Value, weight: Value, epsilon: number): Value {
  const dtype = floatDtype(x, weight)
  const width = sizeOf(x.shape, -1)
  requireShape(weight, [width], 'the scale of a norm')
  const perRow = { dtype, shape: [...x.shape.slice(0, -1), 1] }
  const last = graph.integers([x.shape.length - 1])
  const squares = graph.node('Mul', [x, x], x)
  const mean = graph.node('ReduceMean', [squares, last], perRow, { keepdims: { int: 1 } })
  const shifted = graph.node('Add', [mean, graph.scalar(epsilon, dtype)], perRow)
  const r = graph.node('Reciprocal', [graph.node('Sqrt', [shifted], perRow)], perRow)
  const h = graph.node('Mul', [x, r], x)
  return graph.record(graph.node('Mul', [h, weight], x), [x, weight], (gradient) => {
    const rows = elementCount(perRow.shape)
    const e = reshape(graph, graph.node('Mul', [gradient, h], x), [rows, width])
    const ones = filled(graph, [1, rows], 1, dtype)
    const share = graph.node('Mul', [weight, graph.scalar(1 / width, dtype)], weight)
    const meanOverRow = reshape(graph, product(graph, e, reshape(graph, share, [width, 1])), perRow.shape)
    const drift = graph.node('Mul', [h, meanOverRow], x)
    const dx = graph.node('Mul', [graph.node('Sub', [graph.node('Mul', [gradient, weight], x), drift], x), r], x)
    return [dx, reshape(graph, product(graph, ones, e), [width])]
  })
}
