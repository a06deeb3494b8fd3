// The gated activation of the feed-forward part (Shazeer 2020): silu(gate) * up with silu(z) = z * sigmoid(z).

import { anyFloatDtype, type Graph, requireShape, type Value } from '../graph/graph.ts'

/**
 * y = a * up with a = gate * s and s = sigmoid(gate), all of one shape.
 * dup = dy * a; dgate = dy * up * (s + (a - a * s)), because silu'(z) = s + z s (1 - s) = s + a - a s.
 */
export function swiglu(graph: Graph, gate: Value, up: Value): Value {
  anyFloatDtype(gate, up)
  requireShape(up, gate.shape, 'the second input of a gate')
  const s = graph.node('Sigmoid', [gate], gate)
  const a = graph.node('Mul', [gate, s], gate)
  return graph.record(graph.node('Mul', [a, up], gate), [gate, up], (gradient) => {
    const slope = graph.node('Add', [s, graph.node('Sub', [a, graph.node('Mul', [a, s], gate)], gate)], gate)
    const inner = graph.node('Mul', [gradient, up], gate)
    return [graph.node('Mul', [inner, slope], gate), graph.node('Mul', [gradient, a], gate)]
  })
}
