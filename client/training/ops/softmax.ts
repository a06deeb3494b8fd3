// Softmax over the last axis, with its gradient written from the saved result.

import { anyFloatDtype, type Graph, type Value } from '../graph/graph.ts'
import { sum } from './reduce.ts'

/**
 * p_i = exp(a_i) / sum_j exp(a_j) along the last axis.
 * da = p * (dp - sum(dp * p)), which needs only the result, so the input need not be kept.
 */
export function softmax(graph: Graph, a: Value): Value {
  anyFloatDtype(a)
  const p = graph.node('Softmax', [a], a, { axis: { int: -1 } })
  return graph.record(p, [a], (gradient) => {
    const weighted = graph.node('Mul', [gradient, p], a)
    const total = sum(graph, weighted, [-1], true)
    return [graph.node('Sub', [weighted, graph.node('Mul', [p, total], a)], a)]
  })
}
