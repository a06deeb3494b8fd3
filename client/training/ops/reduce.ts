// Sums and means over axes, and their gradients: the gradient of a sum is the same everywhere, so it is stretched back.

import { floatDtype, type Graph, type Value } from '../graph/graph.ts'
import { elementCount, positiveAxis, type Shape, sameShape, stretchedAxes } from '../graph/shape.ts'
import { reshape } from './layout.ts'

function reduce(graph: Graph, op: string, a: Value, axes: readonly number[], keep: boolean): Value {
  const positive = axes.map((axis) => positiveAxis(a.shape, axis))
  const shape = a.shape.flatMap((size, axis) => (positive.includes(axis) ? (keep ? [1] : []) : [size]))
  return graph.node(op, [a, graph.integers(positive)], { dtype: a.dtype, shape }, { keepdims: { int: keep ? 1 : 0 } })
}

/** `a` stretched to `shape` by repeating axes of size 1. */
export function expand(graph: Graph, a: Value, shape: Shape): Value {
  if (sameShape(a.shape, shape)) return a
  const expanded = graph.node('Expand', [a, graph.integers(shape)], { dtype: a.dtype, shape })
  return graph.record(expanded, [a], (gradient) => [sumTo(graph, gradient, a.shape)])
}

/** `a` summed over the axes by which `shape` was stretched to a's shape: the inverse of broadcasting, for gradients. */
export function sumTo(graph: Graph, a: Value, shape: Shape): Value {
  if (sameShape(a.shape, shape)) return a
  const summed = reduce(graph, 'ReduceSum', a, stretchedAxes(shape, a.shape), true)
  return reshape(graph, summed, shape)
}

/** The mean over `axes`, which are dropped. */
export function mean(graph: Graph, a: Value, axes: readonly number[]): Value {
  const result = reduce(graph, 'ReduceMean', a, axes, false)
  return graph.record(result, [a], (gradient) => {
    const kept = a.shape.map((size, axis) => (axes.some((one) => positiveAxis(a.shape, one) === axis) ? 1 : size))
    const share = graph.scalar(elementCount(result.shape) / elementCount(a.shape), floatDtype(a))
    const scaled = graph.node('Mul', [gradient, share], gradient)
    return [expand(graph, reshape(graph, scaled, kept), a.shape)]
  })
}

/** The sum over `axes`, which stay with size 1 when `keep`. No gradient: for rules and for the optimiser. */
export function sum(graph: Graph, a: Value, axes: readonly number[], keep: boolean): Value {
  return reduce(graph, 'ReduceSum', a, axes, keep)
}

/** The sum of the squares of all elements, a scalar. No gradient: for the norm of gradients. */
export function sumOfSquares(graph: Graph, a: Value): Value {
  return reduce(graph, 'ReduceSumSquare', a, [...a.shape.keys()], false)
}
