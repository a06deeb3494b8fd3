// Operations that move elements and change none: reshape, transpose, taking and joining parts, and repeating a number.

import type { FloatDtype } from '../graph/dtype.ts'
import { type Graph, requireShape, type Sequence, type Value } from '../graph/graph.ts'
import { elementCount, graphError, type Shape, sameShape, sizeOf } from '../graph/shape.ts'

/** The same elements in row-major order under another shape. Costs nothing at run time. */
export function reshape(graph: Graph, a: Value, shape: Shape): Value {
  if (sameShape(a.shape, shape)) return a
  if (elementCount(a.shape) !== elementCount(shape))
    throw graphError('a reshape must keep the number of elements', { from: a.shape, to: shape })
  const reshaped = graph.node('Reshape', [a, graph.integers(shape)], { dtype: a.dtype, shape })
  return graph.record(reshaped, [a], (gradient) => [reshape(graph, gradient, a.shape)])
}

/** Axis i of the result is axis `order[i]` of `a`. */
export function transpose(graph: Graph, a: Value, order: readonly number[]): Value {
  if ([...order].sort((x, y) => x - y).join() !== [...a.shape.keys()].join())
    throw graphError('the order of a transpose must name every axis once', { shape: a.shape, order })
  const shape = order.map((axis) => sizeOf(a.shape, axis))
  const transposed = graph.node('Transpose', [a], { dtype: a.dtype, shape }, { perm: { ints: order } })
  const inverse = order.map((_, axis) => order.indexOf(axis))
  return graph.record(transposed, [a], (gradient) => [transpose(graph, gradient, inverse)])
}

/** `a` with its last two axes exchanged. No gradient of its own: for the matrix products. */
export function transposeLast(graph: Graph, a: Value): Value {
  const rank = a.shape.length
  const shape = [...a.shape.slice(0, -2), sizeOf(a.shape, -1), sizeOf(a.shape, -2)]
  const order = [...Array(rank - 2).keys(), rank - 1, rank - 2]
  return graph.node('Transpose', [a], { dtype: a.dtype, shape }, { perm: { ints: order } })
}

/** Item `index` (an integer scalar) of `sequence`. No gradient. */
export function itemAt(graph: Graph, sequence: Sequence, index: Value): Value {
  return graph.node('Gather', [sequence, index], { dtype: sequence.dtype, shape: sequence.item }, { axis: { int: 0 } })
}

/** Elements `from` up to, not including, `to` of `axis`. No gradient: for tokens and for rules. */
export function slice(graph: Graph, a: Value, axis: number, from: number, to: number): Value {
  const size = sizeOf(a.shape, axis)
  if (from === 0 && to === size) return a
  if (from < 0 || to > size || from >= to) throw graphError('a slice must lie within its axis', { size, from, to })
  const bounds = [from, to, axis].map((value) => graph.integers([value]))
  return graph.node('Slice', [a, ...bounds], { dtype: a.dtype, shape: a.shape.with(axis, to - from) })
}

/** `parts` one after the other along `axis`. No gradient: for rules. */
export function concatenate(graph: Graph, parts: readonly Value[], axis: number): Value {
  const [first] = parts
  if (first === undefined) throw graphError('there is nothing to concatenate')
  if (parts.length === 1) return first
  const total = parts.reduce((sum, part) => sum + sizeOf(part.shape, axis), 0)
  for (const part of parts) requireShape(part, first.shape.with(axis, sizeOf(part.shape, axis)), 'a part')
  return graph.node(
    'Concat',
    parts,
    { dtype: first.dtype, shape: first.shape.with(axis, total) },
    { axis: { int: axis } },
  )
}

/** A small tensor of one number, which the file holds once and the runtime stretches when it loads it. */
export function filled(graph: Graph, shape: Shape, value: number, dtype: FloatDtype): Value {
  return graph.node('Expand', [graph.scalar(value, dtype), graph.integers(shape)], { dtype, shape })
}
