// The gated activation of the feed-forward part (Shazeer 2020): silu(gate) * up with silu(z) = z * sigmoid(z).

import { anyFloatDtype, type Graph, requireShape, type Value } from '../graph/graph.ts'

/**
 * y = a * up with a = gate * s and s = sigmoid(gate), all of one shape.
 * dup = dy * a; dgate = dy * up * (s + a - a * s) = dy * (s * (up - y) + y), because silu'(z) = s + z s (1 - s).
 */
export function swiglu(graph: Graph, gate: Value, up: Value): Value {
  anyFloatDtype(gate, up)
  requireShape(up, gate.shape, 'the second input of a gate')
  const s = graph.node('Sigmoid', [gate], gate)
  const a = graph.node('Mul', [gate, s], gate)
  const y = graph.node('Mul', [a, up], gate)
  return graph.record(y, [gate, up], (gradient) => {
    const linearPart = graph.node('Mul', [s, graph.node('Sub', [up, y], gate)], gate)
    const slope = graph.node('Add', [linearPart, y], gate)
    return [graph.node('Mul', [gradient, slope], gate), graph.node('Mul', [gradient, a], gate)]
  })
}
