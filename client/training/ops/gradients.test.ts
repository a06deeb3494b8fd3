// Every differentiable operation against central finite differences, for several shapes each.

import { test } from 'node:test'
import { typedArray } from '../graph/dtype.ts'
import { floatDtype, type Graph, type Value } from '../graph/graph.ts'
import { checkGradients, type GradientCase } from '../testing/gradientCheck.ts'
import { causalAttention } from './attention.ts'
import { add, multiply, negate } from './elementwise.ts'
import { embedding } from './embedding.ts'
import { headLoss } from './headLoss.ts'
import { reshape, transpose } from './layout.ts'
import { linear, matmul, matmulTransposed } from './matrix.ts'
import { expand, mean } from './reduce.ts'
import { rmsNorm } from './rmsNorm.ts'
import { rotary } from './rotary.ts'
import { softmax } from './softmax.ts'
import { swiglu } from './swiglu.ts'

type Binary = (graph: Graph, a: Value, b: Value) => Value
type Unary = (graph: Graph, a: Value) => Value

const two =
  (op: Binary): GradientCase['build'] =>
  (graph, [a, b]) =>
    op(graph, a!, b!)
const one =
  (op: Unary): GradientCase['build'] =>
  (graph, [a]) =>
    op(graph, a!)
const int32 = (graph: Graph, values: readonly number[]): Value =>
  graph.constant([values.length], Int32Array.from(values))

/** Equal, stretched on either side, of different rank, and a scalar. */
const BROADCASTS = [
  [
    [2, 3],
    [2, 3],
  ],
  [[2, 3], [3]],
  [
    [4, 1, 3],
    [2, 1],
  ],
  [[1], [2, 2]],
  [[], [3, 2]],
]

for (const [name, op] of Object.entries({ add, multiply })) {
  for (const shapes of BROADCASTS) {
    test(`${name} of ${JSON.stringify(shapes)} has the gradient of its differences`, () =>
      checkGradients({ shapes, build: two(op) }))
  }
}

const CASES: Readonly<Record<string, GradientCase>> = {
  'negate of a matrix': { shapes: [[2, 3]], build: one(negate) },
  'negate of negate': { shapes: [[3]], build: one((graph, a) => negate(graph, negate(graph, a))) },
  'a value used three times': {
    shapes: [[2, 2]],
    build: one((graph, a) => multiply(graph, add(graph, a, a), a)),
  },
  'expand over two axes': { shapes: [[1, 3, 1]], build: one((graph, a) => expand(graph, a, [2, 3, 2])) },
  'expand with a new axis': { shapes: [[3]], build: one((graph, a) => expand(graph, a, [2, 3])) },
  'mean over the last axis': { shapes: [[2, 3]], build: one((graph, a) => mean(graph, a, [-1])) },
  'mean over the first of three axes': { shapes: [[2, 3, 2]], build: one((graph, a) => mean(graph, a, [0])) },
  'mean over everything': { shapes: [[2, 3]], build: one((graph, a) => mean(graph, a, [0, 1])) },
  'reshape to a vector': { shapes: [[2, 3]], build: one((graph, a) => reshape(graph, a, [6])) },
  'reshape to a cube': { shapes: [[4, 3]], build: one((graph, a) => reshape(graph, a, [2, 2, 3])) },
  'transpose of a matrix': { shapes: [[2, 3]], build: one((graph, a) => transpose(graph, a, [1, 0])) },
  'transpose of four axes': {
    shapes: [[2, 3, 1, 2]],
    build: one((graph, a) => transpose(graph, a, [2, 0, 3, 1])),
  },
  'linear, wide': {
    shapes: [
      [2, 3],
      [5, 3],
    ],
    build: two(linear),
  },
  'linear, one row': {
    shapes: [
      [1, 4],
      [2, 4],
    ],
    build: two(linear),
  },
  'linear, wide enough to be transposed beforehand': {
    shapes: [
      [4, 256],
      [3, 256],
    ],
    build: two(linear),
    coordinates: 20,
  },
  'linear, with more outputs than inputs': {
    shapes: [
      [4, 256],
      [258, 256],
    ],
    build: two(linear),
    coordinates: 20,
  },
  'matmul of matrices': {
    shapes: [
      [2, 3],
      [3, 4],
    ],
    build: two(matmul),
  },
  'matmul in batches': {
    shapes: [
      [2, 2, 2, 3],
      [2, 2, 3, 2],
    ],
    build: two(matmul),
  },
  'matmul with a shared right side': {
    shapes: [
      [3, 2, 3],
      [3, 2],
    ],
    build: two(matmul),
  },
  'matmul with stretched batches': {
    shapes: [
      [2, 1, 2, 3],
      [1, 3, 3, 2],
    ],
    build: two(matmul),
  },
  'matmulTransposed of matrices': {
    shapes: [
      [2, 3],
      [4, 3],
    ],
    build: two(matmulTransposed),
  },
  'matmulTransposed in batches': {
    shapes: [
      [2, 2, 2, 3],
      [2, 2, 4, 3],
    ],
    build: two(matmulTransposed),
  },
  'matmulTransposed with stretched batches': {
    shapes: [
      [2, 1, 2, 3],
      [3, 4, 3],
    ],
    build: two(matmulTransposed),
  },
  'softmax of a matrix': { shapes: [[3, 4]], build: one(softmax) },
  'softmax of four axes': { shapes: [[1, 2, 2, 3]], build: one(softmax) },
  'rmsNorm of one row': { shapes: [[1, 4], [4]], build: two((graph, x, w) => rmsNorm(graph, x, w, 1e-5)) },
  'rmsNorm of rows': { shapes: [[3, 5], [5]], build: two((graph, x, w) => rmsNorm(graph, x, w, 1e-2)) },
  'rmsNorm of a cube': { shapes: [[2, 2, 3], [3]], build: two((graph, x, w) => rmsNorm(graph, x, w, 1e-5)) },
  'swiglu of a matrix': {
    shapes: [
      [3, 4],
      [3, 4],
    ],
    build: two(swiglu),
  },
  'swiglu of a vector': { shapes: [[6], [6]], build: two(swiglu), range: [-6, 6] },
  'rotary of one pair': { shapes: [[1, 1, 3, 2]], build: one(rotated) },
  'rotary of heads': { shapes: [[2, 2, 3, 4]], build: one(rotated) },
  'embedding with repeated tokens': {
    shapes: [[5, 3]],
    build: one((graph, table) => embedding(graph, table, int32(graph, [0, 4, 4, 2]))),
  },
  'embedding of one token again and again': {
    shapes: [[2, 4]],
    build: one((graph, table) => embedding(graph, table, int32(graph, [1, 1, 1]))),
  },
  'embedding of one token': {
    shapes: [[2, 4]],
    build: one((graph, table) => embedding(graph, table, int32(graph, [1]))),
  },
  'headLoss of rows, of which two have one target': {
    shapes: [
      [3, 2],
      [4, 2],
    ],
    build: two((graph, x, head) => headLoss(graph, x, head, int32(graph, [3, 0, 3]))),
  },
  'headLoss of one row': {
    shapes: [
      [1, 3],
      [6, 3],
    ],
    build: two((graph, x, head) => headLoss(graph, x, head, int32(graph, [2]))),
  },
  'headLoss in parts': {
    shapes: [
      [6, 2],
      [4, 2],
    ],
    build: two((graph, x, head) => headLoss(graph, x, head, int32(graph, [3, 0, 3, 1, 2, 2]), { mostScores: 9 })),
  },
  'attention with a head each': {
    shapes: [
      [2, 2, 3, 4],
      [2, 2, 3, 4],
      [2, 2, 3, 4],
    ],
    build: attending(3),
  },
  'attention in blocks': {
    shapes: [
      [1, 4, 6, 2],
      [1, 2, 6, 2],
      [1, 2, 6, 2],
    ],
    build: attending(6, 3),
  },
  'attention with shared heads': {
    shapes: [
      [1, 4, 3, 2],
      [1, 2, 3, 2],
      [1, 2, 3, 2],
    ],
    build: attending(3),
  },
}

for (const [name, gradientCase] of Object.entries(CASES)) {
  test(`${name} has the gradient of its differences`, () => checkGradients(gradientCase))
}

/** Attention to all positions before, under a mask that also prefers some. */
function attending(positions: number, blocks = 1): GradientCase['build'] {
  const mask = Array.from({ length: positions ** 2 }, (_, at) => {
    const [query, key] = [Math.floor(at / positions), at % positions]
    return key > query ? -1e9 : key / 3
  })
  return (graph, [query, key, value]) => {
    const values = graph.constant([positions, positions], typedArray(floatDtype(query!), mask))
    return causalAttention(graph, query!, key!, value!, values, blocks)
  }
}

/** x [B, h, T, s] turned by made-up angles and, as for queries, scaled by a half. */
function rotated(graph: Graph, x: Value): Value {
  const [positions, pairs] = [x.shape.at(-2)!, x.shape.at(-1)! / 2]
  const angles = Array.from(
    { length: positions * pairs },
    (_, index) => Math.floor(index / pairs) * 0.7 + (index % pairs) * 0.2,
  )
  const table = (of: (angle: number) => number): Value =>
    graph.constant(
      [positions, pairs],
      typedArray(
        floatDtype(x),
        angles.map((angle) => of(angle) / 2),
      ),
    )
  return rotary(graph, x, { cosine: table(Math.cos), sine: table(Math.sin) })
}
