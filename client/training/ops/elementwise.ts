// Element-wise arithmetic with broadcasting, and its gradients. A gradient of a broadcast operand is summed over the axes along
// which the operand was stretched.

import { anyFloatDtype, type Graph, type Value } from '../graph/graph.ts'
import { broadcast } from '../graph/shape.ts'
import { sumTo } from './reduce.ts'

function binary(graph: Graph, op: string, a: Value, b: Value): Value {
  return graph.node(op, [a, b], { dtype: anyFloatDtype(a, b), shape: broadcast(a.shape, b.shape) })
}

/** a + b. */
export function add(graph: Graph, a: Value, b: Value): Value {
  return graph.record(binary(graph, 'Add', a, b), [a, b], (gradient) => [
    sumTo(graph, gradient, a.shape),
    sumTo(graph, gradient, b.shape),
  ])
}

/** a * b, element by element. */
export function multiply(graph: Graph, a: Value, b: Value): Value {
  return graph.record(binary(graph, 'Mul', a, b), [a, b], (gradient) => [
    sumTo(graph, multiply(graph, gradient, b), a.shape),
    sumTo(graph, multiply(graph, gradient, a), b.shape),
  ])
}

/** -a. */
export function negate(graph: Graph, a: Value): Value {
  return graph.record(graph.node('Neg', [a], a), [a], (gradient) => [negate(graph, gradient)])
}
