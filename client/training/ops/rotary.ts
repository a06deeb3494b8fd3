// Rotary position embedding (Su et al. 2021) in the half-split layout of Hugging Face's LLaMA: entry i of the first half and
// entry i of the second half of a head form a pair that is turned by position * frequency_i.

import { anyFloatDtype, type Graph, requireShape, type Value } from '../graph/graph.ts'
import { graphError, sizeOf } from '../graph/shape.ts'
import { negate } from './elementwise.ts'
import { concatenate, reshape } from './layout.ts'

/** Cosine and sine of each pair's angle, [positions, head size / 2]. */
export interface RotaryTables {
  readonly cosine: Value
  readonly sine: Value
}

/** What every entry and its partner are multiplied by, [positions, head size]. */
interface WholeTables {
  readonly cosine: Value
  /** First half -sin, second half +sin. */
  readonly signedSine: Value
}

/**
 * x [B, heads, positions, head size], each pair turned by its angle: (a, b) becomes (a cos - b sin, b cos + a sin). A rotation's
 * gradient is the rotation by the opposite angle.
 */
export function rotary(graph: Graph, x: Value, tables: RotaryTables): Value {
  const [positions, size] = [sizeOf(x.shape, -2), sizeOf(x.shape, -1)]
  if (size % 2 !== 0 || x.shape.length !== 4) throw graphError('a rotation takes heads of pairs', { x: x.shape })
  for (const table of [tables.cosine, tables.sine]) requireShape(table, [positions, size / 2], 'a rotary table')
  return graph.record(turn(graph, x, tables), [x], (gradient) => [
    turn(graph, gradient, { cosine: tables.cosine, sine: negate(graph, tables.sine) }),
  ])
}

/** Both halves of the tables. */
export function wholeTables(graph: Graph, { cosine, sine }: RotaryTables): WholeTables {
  return {
    cosine: concatenate(graph, [cosine, cosine], 1),
    signedSine: concatenate(graph, [negate(graph, sine), sine], 1),
  }
}

/** By the runtime's own operation, one pass where nodes of the standard take four. It has none for float64. */
function turn(graph: Graph, x: Value, tables: RotaryTables): Value {
  if (anyFloatDtype(x, tables.cosine, tables.sine) === 'float64') return turnByNodes(graph, x, tables)
  // One position id: where the positions begin.
  const first = graph.integers([0])
  return graph.node('com.microsoft.RotaryEmbedding', [x, first, tables.cosine, tables.sine], x)
}

/** y = x * cos + swap(x) * (-sin, +sin), where swap exchanges the halves. */
function turnByNodes(graph: Graph, x: Value, tables: RotaryTables): Value {
  const size = sizeOf(x.shape, -1)
  const { cosine, signedSine } = wholeTables(graph, tables)
  const halves = [...x.shape.slice(0, -1), 2, size / 2]
  const split = graph.node('Reshape', [x, graph.integers(halves)], { dtype: x.dtype, shape: halves })
  const order = graph.integers([1, 0])
  const swapped = graph.node('Gather', [split, order], split, { axis: { int: halves.length - 2 } })
  const flat = reshape(graph, swapped, x.shape)
  return graph.node('Add', [graph.node('Mul', [x, cosine], x), graph.node('Mul', [flat, signedSine], x)], x)
}
