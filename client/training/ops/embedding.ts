// Looking up rows of a table by token, and the gradient that adds the rows' gradients up again.

import { ONNX_CODE } from '../graph/dtype.ts'
import { floatDtype, type Graph, type Value } from '../graph/graph.ts'
import { graphError, sizeOf } from '../graph/shape.ts'
import { gemm } from './matrix.ts'

/**
 * Row tokens[i] of table [vocabulary, d] for each i: tokens [n] int32 give [n, d].
 * The gradient of the table is onehot(tokens)^T dy, a matrix product: fast for a vocabulary of bytes, where the one-hot matrix
 * is small, and wrong for a large one, where rows should be scattered instead.
 */
export function embedding(graph: Graph, table: Value, tokens: Value): Value {
  const dtype = floatDtype(table)
  if (tokens.dtype !== 'int32' || tokens.shape.length !== 1 || table.shape.length !== 2)
    throw graphError('an embedding takes a matrix and a vector of int32', { table: table.shape, tokens: tokens.shape })
  const vocabulary = sizeOf(table.shape, 0)
  const count = sizeOf(tokens.shape, 0)
  const shape = [count, sizeOf(table.shape, 1)]
  const rows = graph.node('Gather', [table, tokens], { dtype, shape }, { axis: { int: 0 } })
  return graph.record(rows, [table], (gradient) => [
    gemm(graph, oneHot(graph, tokens, vocabulary, gradient), gradient, { transA: true }),
  ])
}

/** [n, vocabulary] with a one in column tokens[i] of row i. */
function oneHot(graph: Graph, tokens: Value, vocabulary: number, like: Value): Value {
  const dtype = floatDtype(like)
  const count = sizeOf(tokens.shape, 0)
  const column = graph.node('Reshape', [tokens, graph.integers([count, 1])], { dtype: 'int32', shape: [count, 1] })
  const names = graph.constant(
    [1, vocabulary],
    Int32Array.from({ length: vocabulary }, (_, token) => token),
  )
  const equal = graph.node('Equal', [column, names], { dtype: 'bool', shape: [count, vocabulary] })
  return graph.node('Cast', [equal], { dtype, shape: [count, vocabulary] }, { to: { int: ONNX_CODE[dtype] } })
}
