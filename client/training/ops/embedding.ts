// Looking up rows of a table by token, and the gradient that adds the rows' gradients up again.

import { ONNX_CODE } from '../graph/dtype.ts'
import { floatDtype, type Graph, type Value } from '../graph/graph.ts'
import { graphError, sizeOf } from '../graph/shape.ts'
import { zeros } from './zeros.ts'

/**
 * Row tokens[i] of table [vocabulary, d] for each i: tokens [n] int32 give [n, d].
 * dtable is zero but for the rows that were read: dtable[tokens[i]] += dy[i], scattered, so that its cost is that of the rows and
 * of one pass over the table, whatever the vocabulary.
 */
export function embedding(graph: Graph, table: Value, tokens: Value): Value {
  const dtype = floatDtype(table)
  if (tokens.dtype !== 'int32' || tokens.shape.length !== 1 || table.shape.length !== 2)
    throw graphError('an embedding takes a matrix and a vector of int32', { table: table.shape, tokens: tokens.shape })
  const count = sizeOf(tokens.shape, 0)
  const shape = [count, sizeOf(table.shape, 1)]
  const rows = graph.node('Gather', [table, tokens], { dtype, shape }, { axis: { int: 0 } })
  return graph.record(rows, [table], (gradient) => {
    const none = zeros(graph, table.shape, dtype, tokens)
    const column = graph.node('Reshape', [tokens, graph.integers([count, 1])], { dtype: 'int32', shape: [count, 1] })
    const index = graph.node('Cast', [column], { dtype: 'int64', shape: [count, 1] }, { to: { int: ONNX_CODE.int64 } })
    // `add` also adds up what duplicates write to one row.
    return [graph.node('ScatterND', [none, index, gradient], table, { reduction: { string: 'add' } })]
  })
}
