// Repetition inside a graph: ONNX's Loop with a known number of iterations. The runtime frees what an iteration made before the
// next begins, which is what loops over parts of a batch are for.

import type { Graph, TensorType, Value } from './graph.ts'

interface Iteration {
  /** The graph to add to. It may read the values of the graph around it. */
  readonly graph: Graph
  /** int64 scalar, from 0. */
  readonly index: Value
  /** What the iteration before left, or what the loop began with. */
  readonly carried: readonly Value[]
}

interface IterationResult {
  /** For the next iteration: of the types of what the loop began with. */
  readonly carried?: readonly Value[]
  /** Stacked along a new first axis, one item an iteration. All must be made by nodes of the iteration. */
  readonly collected?: readonly Value[]
}

/** Runs what `build` adds `count` times. No gradient of its own: a rule that needs one loops again. */
export function loop(
  graph: Graph,
  name: string,
  count: number,
  initial: readonly Value[],
  build: (iteration: Iteration) => IterationResult,
): { readonly carried: Value[]; readonly collected: Value[] } {
  const body = graph.body(name)
  const index = body.input('iteration', 'int64', [])
  const goOn = body.input('goOn', 'bool', [])
  const inputs = initial.map((value, at) => body.input(`carried${at}`, value.dtype, value.shape))
  const { carried = [], collected = [] } = build({ graph: body, index, carried: inputs })
  body.yieldValue(body.node('Identity', [goOn], goOn))
  for (const value of [...carried, ...collected]) body.yieldValue(value)
  const types: TensorType[] = [
    ...initial,
    ...collected.map(({ dtype, shape }) => ({ dtype, shape: [count, ...shape] })),
  ]
  const trips = graph.scalar(count, 'int64')
  // The trip count alone ends the loop: its condition is absent.
  const outputs = graph.nodeWithOutputs('Loop', [trips, undefined, ...initial], types, { body: { graph: body } })
  return { carried: outputs.slice(0, initial.length), collected: outputs.slice(initial.length) }
}
