// The loss of a language model: minus the log-probability of the token that came, in nats.

import { typedArray } from '../graph/dtype.ts'
import { floatDtype, type Graph, requireShape, type Value } from '../graph/graph.ts'
import { graphError, sizeOf } from '../graph/shape.ts'

/**
 * loss_i = -log softmax(logits_i)[targets_i]: logits [n, vocabulary], targets [n] int32, result [n].
 * dlogits_i = dloss_i * (softmax(logits_i) - onehot(targets_i)).
 */
export function crossEntropy(graph: Graph, logits: Value, targets: Value): Value {
  const dtype = floatDtype(logits)
  const count = sizeOf(logits.shape, 0)
  requireShape(targets, [count], 'the targets')
  if (targets.dtype !== 'int32') throw graphError('targets must be int32', { dtype: targets.dtype })
  const vector = { dtype, shape: [count] }
  const column = { dtype, shape: [count, 1] }
  const toColumn = graph.integers(column.shape)
  const index = graph.node('Reshape', [targets, toColumn], { dtype: 'int32', shape: column.shape })
  const logProbabilities = graph.node('LogSoftmax', [logits], logits, { axis: { int: -1 } })
  const chosen = graph.node('GatherElements', [logProbabilities, index], column, { axis: { int: 1 } })
  const flat = graph.node('Reshape', [chosen, graph.integers(vector.shape)], vector)
  return graph.record(graph.node('Neg', [flat], vector), [logits], (gradient) => {
    const probabilities = graph.node('Exp', [logProbabilities], logits)
    const minusOnes = graph.constant(column.shape, typedArray(dtype, Array<number>(count).fill(-1)))
    const attributes = { axis: { int: 1 }, reduction: { string: 'add' } }
    const difference = graph.node('ScatterElements', [probabilities, index, minusOnes], logits, attributes)
    const perRow = graph.node('Reshape', [gradient, toColumn], column)
    return [graph.node('Mul', [difference, perRow], logits)]
  })
}
