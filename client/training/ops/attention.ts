// Attention of queries to keys and values (Vaswani et al. 2017), with query heads that share key heads (Ainslie et al. 2023).
//
// Letters in shapes: B batch, h query heads, k key and value heads, T queries, S keys, s head size.

import { anyFloatDtype, type Graph, requireShape, type Value } from '../graph/graph.ts'
import { sizeOf } from '../graph/shape.ts'
import { reshape, transposeLast } from './layout.ts'
import { product } from './matrix.ts'
import { sum } from './reduce.ts'

/**
 * softmax(query key^T + mask) value per head: query [B, h, T, s] scaled already, key and value [B, k, S, s], mask [T, S] added to
 * every head's scores; the result is [B, h, T, s]. The h / k query heads that share a key head are stacked along the positions,
 * so that sharing copies nothing.
 *
 * With P the weights, O the result and dP = dO value^T:
 *   dvalue = P^T dO;  dscores = P * (dP - rowsum(dO * O));  dquery = dscores key;  dkey = dscores^T query.
 * rowsum(dO * O) equals rowsum(dP * P) and is computed from s entries a row instead of S (Dao et al. 2022).
 */
export function attention(graph: Graph, query: Value, key: Value, value: Value, mask: Value): Value {
  const dtype = anyFloatDtype(query, key, value, mask)
  const [batch, heads, queries, size] = query.shape as [number, number, number, number]
  const [shared, keys] = [sizeOf(key.shape, 1), sizeOf(key.shape, 2)]
  requireShape(key, [batch, shared, keys, size], 'the keys')
  requireShape(value, key.shape, 'the values')
  requireShape(mask, [queries, keys], 'the mask')
  const stackedShape = [batch, shared, (heads / shared) * queries, size]
  const scoresShape = [batch, heads, queries, keys]
  const stackedScores = [batch, shared, (heads / shared) * queries, keys]
  const flat = (a: Value, shape: readonly number[]): Value => reshape(graph, a, shape)

  const q = flat(query, stackedShape)
  const scores = flat(product(graph, q, transposeLast(graph, key)), scoresShape)
  const masked = graph.node('Add', [scores, mask], { dtype, shape: scoresShape })
  const p = flat(graph.node('Softmax', [masked], masked, { axis: { int: -1 } }), stackedScores)
  const o = product(graph, p, value)
  return graph.record(flat(o, query.shape), [query, key, value], (gradient) => {
    const dO = flat(gradient, stackedShape)
    const total = sum(graph, graph.node('Mul', [dO, o], dO), [-1], true)
    const dP = product(graph, dO, transposeLast(graph, value))
    const dScores = graph.node('Mul', [p, graph.node('Sub', [dP, total], p)], p)
    return [
      flat(product(graph, dScores, key), query.shape),
      transposedProduct(graph, dScores, q),
      transposedProduct(graph, p, dO),
    ]
  })
}

/** a^T b as (b^T a)^T: faster on the CPU, where transposing the narrow b is cheaper than transposing the wide a. */
function transposedProduct(graph: Graph, a: Value, b: Value): Value {
  return transposeLast(graph, product(graph, transposeLast(graph, b), a))
}
