// The loss of a language model from its last hidden states: minus the log-probability of the token that came, in nats. The head
// and the loss are one operation, because the scores of a large vocabulary are the largest tensor of a training step: they are
// neither passed over more often than need be nor, when they are too many, all held at once.

import type { FloatDtype } from '../graph/dtype.ts'
import { anyFloatDtype, floatDtype, type Graph, requireShape, type Value } from '../graph/graph.ts'
import { loop } from '../graph/loop.ts'
import { graphError, sizeOf } from '../graph/shape.ts'
import { cast } from './cast.ts'
import { filled, reshape } from './layout.ts'
import { gemm, productOfTransposed } from './matrix.ts'
import { zeros } from './zeros.ts'

/** Scores that are held at once unless the caller says otherwise: 256 MB in float32. */
const MOST_SCORES = 1 << 26

/**
 * loss_i = -log softmax(x_i head^T)[targets_i]: x [n, d], head [vocabulary, d], targets [n] int32, result [n].
 *
 * With D_i = softmax(x_i head^T) - onehot(targets_i): dx_i = dloss_i (D_i head) and dhead = D^T (dloss x). The slopes multiply
 * rows of d entries, not of a vocabulary.
 *
 * x and head may be float16, for their products; scores, losses and slopes are float32 then.
 *
 * Where there are more than `mostScores` scores, the rows are worked on in equal parts, one after the other, and the backward
 * pass computes the scores again.
 */
export function headLoss(
  graph: Graph,
  x: Value,
  head: Value,
  targets: Value,
  { mostScores = MOST_SCORES }: { readonly mostScores?: number } = {},
): Value {
  const dtype = lossDtype(x, head)
  const [count, width] = [sizeOf(x.shape, 0), sizeOf(x.shape, 1)]
  requireShape(targets, [count], 'the targets')
  if (targets.dtype !== 'int32') throw graphError('targets must be int32', { dtype: targets.dtype })
  const parts = partsOf(count, sizeOf(head.shape, 0), mostScores)
  if (parts === 1) {
    const { losses, backward } = rowLosses(graph, x, head, targets)
    return graph.record(losses, [x, head], (gradient) => {
      const { dx, dHead } = backward(gradient)
      return [dx, dHead]
    })
  }
  const stacked = (value: Value): Value => reshape(graph, value, [parts, count / parts, ...value.shape.slice(1)])
  const [xs, allTargets] = [stacked(x), stacked(targets)]
  const partOf = (inner: Graph, all: Value, index: Value): Value =>
    inner.node('Gather', [all, index], { dtype: all.dtype, shape: all.shape.slice(1) }, { axis: { int: 0 } })
  const { collected } = loop(graph, 'losses', parts, [], ({ graph: inner, index }) => ({
    collected: [rowLosses(inner, partOf(inner, xs, index), head, partOf(inner, allTargets, index)).losses],
  }))
  return graph.record(reshape(graph, only(collected), [count]), [x, head], (gradient) => {
    const slopes = stacked(gradient)
    const none = zeros(graph, head.shape, dtype, targets)
    const result = loop(graph, 'slopes', parts, [none], ({ graph: inner, index, carried }) => {
      const { backward } = rowLosses(inner, partOf(inner, xs, index), head, partOf(inner, allTargets, index))
      const { dx, dHead } = backward(partOf(inner, slopes, index), only(carried))
      return { carried: [dHead], collected: [dx] }
    })
    const dx = reshape(graph, only(result.collected), [count, width])
    return [dx, cast(graph, only(result.carried), anyFloatDtype(head))]
  })
}

/** The smallest number of equal parts of `count` rows in which no part has more than `most` scores, or parts of one row. */
function partsOf(count: number, vocabulary: number, most: number): number {
  for (let parts = Math.max(1, Math.ceil((count * vocabulary) / most)); parts < count; parts++)
    if (count % parts === 0) return parts
  return Math.max(1, count)
}

/** float32 where the operands are float16. */
function lossDtype(x: Value, head: Value): FloatDtype {
  const dtype = anyFloatDtype(x, head)
  return dtype === 'float16' ? 'float32' : dtype
}

interface RowLosses {
  readonly losses: Value
  /** From the slopes of the losses those of the rows and of the head, of their types; with `before`, dHead is added to it. */
  readonly backward: (slopes: Value, before?: Value) => { readonly dx: Value; readonly dHead: Value }
}

function rowLosses(graph: Graph, x: Value, head: Value, targets: Value): RowLosses {
  const [given, dtype] = [anyFloatDtype(x), lossDtype(x, head)]
  const column = { dtype, shape: [sizeOf(x.shape, 0), 1] }
  const toColumn = graph.integers(column.shape)
  const keep = { keepdims: { int: 1 } }
  const scores = cast(graph, gemm(graph, x, head, { transB: true }), dtype)
  const probabilities = graph.node('Softmax', [scores], scores, { axis: { int: -1 } })
  const index = graph.node('Reshape', [targets, toColumn], { dtype: 'int32', shape: column.shape })
  const chosen = graph.node('GatherElements', [scores, index], column, { axis: { int: 1 } })
  // The logarithm of the softmax's divisor from its largest entry, which is at least 1 / vocabulary and so never rounds to 0.
  const most = graph.node('ReduceMax', [scores, graph.integers([1])], column, keep)
  const likeliest = graph.node('ReduceMax', [probabilities, graph.integers([1])], column, keep)
  const logSum = graph.node('Sub', [most, graph.node('Log', [likeliest], column)], column)
  const losses = reshape(graph, graph.node('Sub', [logSum, chosen], column), [sizeOf(x.shape, 0)])
  const backward: RowLosses['backward'] = (slopes, before) => {
    const minusOnes = filled(graph, column.shape, -1, dtype)
    const attributes = { axis: { int: 1 }, reduction: { string: 'add' } }
    const exact = graph.node('ScatterElements', [probabilities, index, minusOnes], scores, attributes)
    const difference = cast(graph, exact, given)
    const perRow = cast(graph, graph.node('Reshape', [slopes, toColumn], column), given)
    const scaledRows = graph.node('Mul', [x, perRow], x)
    return {
      dx: graph.node('Mul', [gemm(graph, difference, head), perRow], x),
      dHead: productPlus(graph, difference, scaledRows, before),
    }
  }
  return { losses, backward }
}

/** a^T b, plus `before` if it is given. */
function productPlus(graph: Graph, a: Value, b: Value, before: Value | undefined): Value {
  if (before === undefined) return productOfTransposed(graph, a, b)
  if (before.dtype === a.dtype) return gemm(graph, a, b, { transA: true, add: before })
  // A sum over many parts is kept in more precision than each of them.
  return graph.node('Add', [before, cast(graph, gemm(graph, a, b, { transA: true }), floatDtype(before))], before)
}

/** The one value of a list that has one. */
function only(values: readonly Value[]): Value {
  const [value] = values
  if (value === undefined || values.length > 1) throw graphError('one value was expected', { values: values.length })
  return value
}
