// Matrix products and their gradients, which are matrix products again. Weights go through Gemm, which reads either operand
// transposed at no cost, so no weight is ever transposed in memory.

import { anyFloatDtype, type Graph, type Value } from '../graph/graph.ts'
import { broadcast, graphError, sizeOf } from '../graph/shape.ts'
import { transposeLast } from './layout.ts'
import { sumTo } from './reduce.ts'

interface GemmOptions {
  readonly transA?: boolean
  readonly transB?: boolean
  /** Added to the product. */
  readonly add?: Value | undefined
}

/** op(a) op(b) for matrices, where op transposes if asked. No gradient of its own. */
export function gemm(graph: Graph, a: Value, b: Value, { add, ...flags }: GemmOptions = {}): Value {
  const [rows, inner] = flags.transA ? [...a.shape].reverse() : a.shape
  const [innerB, columns] = flags.transB ? [...b.shape].reverse() : b.shape
  if (a.shape.length !== 2 || b.shape.length !== 2 || inner !== innerB || rows === undefined || columns === undefined)
    throw graphError('matrices do not fit', { a: a.shape, b: b.shape, ...flags })
  return graph.node(
    'Gemm',
    add === undefined ? [a, b] : [a, b, add],
    { dtype: anyFloatDtype(a, b), shape: [rows, columns] },
    { transA: { int: flags.transA ? 1 : 0 }, transB: { int: flags.transB ? 1 : 0 } },
  )
}

/**
 * y = x W^T, the layer of a network: x [n, in], W [out, in], y [n, out].
 * dx = dy W and dW = dy^T x.
 */
export function linear(graph: Graph, x: Value, weight: Value): Value {
  return graph.record(gemm(graph, x, weight, { transB: true }), [x, weight], (gradient) => [
    gemm(graph, gradient, weight),
    productOfTransposed(graph, gradient, x),
  ])
}

/** Columns from which on transposing the left side beforehand is faster on the CPU. */
const WIDE = 256

/**
 * a^T b for a [rows, m] and b [rows, n], without a gradient of its own. The runtime's CPU kernel transposes a left side once for
 * every 128 columns of the result, so for wide results it is 15 to 30 % faster to do it once beforehand. And it reads the left side
 * once for every such block: where a is the larger one, b^T a is computed and turned, a tenth faster for the layers of a network.
 */
export function productOfTransposed(graph: Graph, a: Value, b: Value): Value {
  const [rows, m, n] = [sizeOf(a.shape, 0), sizeOf(a.shape, 1), sizeOf(b.shape, 1)]
  if (n < WIDE || rows % 2 !== 0) return gemm(graph, a, b, { transA: true })
  if (m <= n || n % 2 !== 0) return gemm(graph, turned(graph, a), b)
  return turned(graph, gemm(graph, turned(graph, b), a))
}

/** The transpose, written on three axes: one on two would be folded into the product again. The rows must be even. */
function turned(graph: Graph, matrix: Value): Value {
  const { dtype } = matrix
  const [rows, columns] = [sizeOf(matrix.shape, 0), sizeOf(matrix.shape, 1)]
  const shape = [2, rows / 2, columns]
  const halves = graph.node('Reshape', [matrix, graph.integers(shape)], { dtype, shape })
  const order = { perm: { ints: [2, 0, 1] } }
  const transposed = graph.node('Transpose', [halves], { dtype, shape: [columns, 2, rows / 2] }, order)
  return graph.node('Reshape', [transposed, graph.integers([columns, rows])], { dtype, shape: [columns, rows] })
}

/**
 * Products of the matrices in the last two axes: a [..., m, k] and b [..., k, n] give [..., m, n]; the axes before broadcast.
 * da = dy b^T and db = a^T dy, summed over the axes that were stretched.
 */
export function matmul(graph: Graph, a: Value, b: Value): Value {
  return graph.record(product(graph, a, b), [a, b], (gradient) => [
    sumTo(graph, product(graph, gradient, transposeLast(graph, b)), a.shape),
    sumTo(graph, product(graph, transposeLast(graph, a), gradient), b.shape),
  ])
}

/**
 * a b^T for the matrices in the last two axes, the dot products of all rows: a [..., m, k] and b [..., n, k] give [..., m, n].
 * da = dy b and db = dy^T a, with no transpose left over; the runtime folds those that are written into the products.
 */
export function matmulTransposed(graph: Graph, a: Value, b: Value): Value {
  return graph.record(product(graph, a, transposeLast(graph, b)), [a, b], (gradient) => [
    sumTo(graph, product(graph, gradient, b), a.shape),
    sumTo(graph, product(graph, transposeLast(graph, gradient), a), b.shape),
  ])
}

/** Products of the matrices in the last two axes, without a gradient of its own. */
export function product(graph: Graph, a: Value, b: Value): Value {
  if (a.shape.length < 2 || b.shape.length < 2 || sizeOf(a.shape, -1) !== sizeOf(b.shape, -2))
    throw graphError('matrices do not fit', { a: a.shape, b: b.shape })
  const batch = broadcast(a.shape.slice(0, -2), b.shape.slice(0, -2))
  const shape = [...batch, sizeOf(a.shape, -2), sizeOf(b.shape, -1)]
  return graph.node('MatMul', [a, b], { dtype: anyFloatDtype(a, b), shape })
}
