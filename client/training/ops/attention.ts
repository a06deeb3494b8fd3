// Attention of queries to keys and values (Vaswani et al. 2017), with query heads that share key heads (Ainslie et al. 2023).
//
// Letters in shapes: B batch, h query heads, k key and value heads, T queries, S keys, s head size.

import { anyFloatDtype, type Graph, requireShape, type Value } from '../graph/graph.ts'
import { graphError, sizeOf } from '../graph/shape.ts'
import { concatenate, reshape, slice, transposeLast } from './layout.ts'
import { product } from './matrix.ts'
import { sum } from './reduce.ts'

/** The axis of positions in [B, heads, T, s]. */
const POSITIONS = 2

/**
 * softmax(query key^T + mask) value per head, of a sequence to itself: query [B, h, T, s] scaled already, key and value
 * [B, k, T, s]; the result is [B, h, T, s]. The mask [T, T] is added to every head's scores and must hide what lies ahead: the
 * queries are worked on in `blocks` equal blocks, each of which looks only at the keys up to its last position. Of what one
 * block would spend on hidden scores, (blocks - 1) / blocks is saved.
 */
export function causalAttention(
  graph: Graph,
  query: Value,
  key: Value,
  value: Value,
  mask: Value,
  blocks: number,
): Value {
  const positions = sizeOf(query.shape, POSITIONS)
  if (positions % blocks !== 0) throw graphError('blocks must divide the positions', { positions, blocks })
  const size = positions / blocks
  const part = (a: Value, from: number, to: number): Value => slice(graph, a, POSITIONS, from, to)
  const bounds = Array.from({ length: blocks }, (_, block) => ({ from: block * size, to: (block + 1) * size }))
  const parts = bounds.map(({ from, to }) => {
    const masked = slice(graph, slice(graph, mask, 0, from, to), 1, 0, to)
    return attend(graph, part(query, from, to), part(key, 0, to), part(value, 0, to), masked)
  })
  const outputs = parts.map(({ output }) => output)
  return graph.record(concatenate(graph, outputs, POSITIONS), [query, key, value], (gradient) => {
    const slopes = parts.map(({ backward }, block) => {
      const { from, to } = bounds[block] ?? { from: 0, to: 0 }
      return backward(part(gradient, from, to))
    })
    // Later blocks look at longer beginnings of the sequence: what they add to the beginning is added to the sum so far.
    const summed = (beginnings: readonly Value[]): Value =>
      beginnings.reduce((sum, next) => {
        const [known, all] = [sizeOf(sum.shape, POSITIONS), sizeOf(next.shape, POSITIONS)]
        const both = graph.node('Add', [sum, part(next, 0, known)], sum)
        return concatenate(graph, [both, part(next, known, all)], POSITIONS)
      })
    return [
      concatenate(
        graph,
        slopes.map(({ dQuery }) => dQuery),
        POSITIONS,
      ),
      summed(slopes.map(({ dKey }) => dKey)),
      summed(slopes.map(({ dValue }) => dValue)),
    ]
  })
}

interface Attended {
  readonly output: Value
  readonly backward: (gradient: Value) => { readonly dQuery: Value; readonly dKey: Value; readonly dValue: Value }
}

/**
 * Attention of T queries to S keys under a mask [T, S], not recorded. The h / k query heads that share a key head are stacked along the positions, so that sharing
 * copies nothing. With P the weights, O the result and dP = dO value^T:
 *   dvalue = P^T dO;  dscores = P * (dP - rowsum(dO * O));  dquery = dscores key;  dkey = dscores^T query.
 * rowsum(dO * O) equals rowsum(dP * P) and is computed from s entries a row instead of S (Dao et al. 2022).
 */
function attend(graph: Graph, query: Value, key: Value, value: Value, mask: Value): Attended {
  const dtype = anyFloatDtype(query, key, value, mask)
  const [batch, heads, queries, size] = query.shape as [number, number, number, number]
  const [shared, keys] = [sizeOf(key.shape, 1), sizeOf(key.shape, POSITIONS)]
  requireShape(key, [batch, shared, keys, size], 'the keys')
  requireShape(value, key.shape, 'the values')
  requireShape(mask, [queries, keys], 'the mask')
  const stacked = [batch, shared, (heads / shared) * queries]
  const scoresShape = [batch, heads, queries, keys]

  const q = reshape(graph, query, [...stacked, size])
  const scores = reshape(graph, product(graph, q, transposeLast(graph, key)), scoresShape)
  const masked = graph.node('Add', [scores, mask], { dtype, shape: scoresShape })
  const weights = graph.node('Softmax', [masked], masked, { axis: { int: -1 } })
  const p = reshape(graph, weights, [...stacked, keys])
  const o = product(graph, p, value)
  const backward: Attended['backward'] = (gradient) => {
    const dO = reshape(graph, gradient, [...stacked, size])
    const total = sum(graph, graph.node('Mul', [dO, o], dO), [-1], true)
    const dP = product(graph, dO, transposeLast(graph, value))
    const dScores = graph.node('Mul', [p, graph.node('Sub', [dP, total], p)], p)
    return {
      dQuery: reshape(graph, product(graph, dScores, key), query.shape),
      dKey: transposedProduct(graph, dScores, q),
      dValue: transposedProduct(graph, p, dO),
    }
  }
  return { output: reshape(graph, o, query.shape), backward }
}

/** a^T b as (b^T a)^T: faster on the CPU, where transposing the narrow b is cheaper than transposing the wide a. */
function transposedProduct(graph: Graph, a: Value, b: Value): Value {
  return transposeLast(graph, product(graph, transposeLast(graph, b), a))
}
