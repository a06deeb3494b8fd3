// Reverse-mode differentiation: walks the tape of a graph backwards and appends the nodes that compute gradients. It computes
// no numbers; the rule of each operation stands beside the operation in ../ops. Gradients nobody uses are dropped when the
// graph is encoded, so the walk does not bother to avoid them.

import { typedArray } from './dtype.ts'
import { floatDtype, type Graph, requireShape, type Value } from './graph.ts'
import { graphError } from './shape.ts'

/**
 * Gradients of the scalar `loss` with respect to each of `values`, in their order and of their shapes.
 * Chain rule in reverse order of construction, which is a reverse topological order because a node can only use values that
 * exist. Where a value is used more than once its gradients are added, latest use first, so the graph is deterministic.
 * Throws `training/bad-graph` when the loss does not depend on one of `values`.
 */
export function gradients(graph: Graph, loss: Value, values: readonly Value[]): Value[] {
  requireShape(loss, [], 'the loss')
  const known = new Map<string, Value>()
  known.set(loss.name, graph.constant([], typedArray(floatDtype(loss), [1])))
  // A copy: the rules append to the tape while it is read.
  for (const entry of [...graph.tape].reverse()) {
    const gradient = known.get(entry.output.name)
    if (gradient === undefined) continue
    entry.backward(gradient).forEach((contribution, index) => {
      const input = entry.inputs[index]
      if (contribution === undefined || input === undefined) return
      requireShape(contribution, input.shape, `the gradient of ${input.name}`)
      const sum = known.get(input.name)
      known.set(input.name, sum === undefined ? contribution : graph.node('Add', [sum, contribution], input))
    })
  }
  return values.map((value) => {
    const gradient = known.get(value.name)
    if (gradient === undefined) throw graphError('the loss does not depend on a value', { name: value.name })
    return gradient
  })
}
