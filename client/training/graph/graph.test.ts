// Builder, encoding and differentiation as machinery; what operations compute is tested beside them.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ADAMW_DEFAULTS, adamW } from '../ops/adamW.ts'
import { causalAttention } from '../ops/attention.ts'
import { cast } from '../ops/cast.ts'
import { add, multiply } from '../ops/elementwise.ts'
import { embedding } from '../ops/embedding.ts'
import { headLoss } from '../ops/headLoss.ts'
import { concatenate, reshape, slice, transpose } from '../ops/layout.ts'
import { linear, matmul } from '../ops/matrix.ts'
import { mean } from '../ops/reduce.ts'
import { rotary } from '../ops/rotary.ts'
import { gradients } from './differentiate.ts'
import { encodeGraph } from './encode.ts'
import { floatDtype, Graph, type Value } from './graph.ts'
import { loop } from './loop.ts'
import { decodeModel } from './onnxSchema.ts'
import { broadcast, sizeOf, stretchedAxes } from './shape.ts'

interface DecodedGraph {
  readonly name: string
  readonly node: readonly {
    name: string
    opType: string
    input: string[]
    output: string[]
    attribute: DecodedAttribute[]
  }[]
  readonly initializer: readonly { name: string; dims: bigint[]; rawData: Uint8Array }[]
  readonly input: readonly DecodedValue[]
  readonly output: readonly DecodedValue[]
}
interface DecodedAttribute {
  readonly name: string
  readonly type: number
  readonly i: bigint
  readonly ints: bigint[]
  readonly g?: DecodedGraph
}
interface DecodedValue {
  readonly name: string
  readonly type: {
    value: { value: { elemType: number; shape: { dim: { value: { case: string; value: unknown } }[] } } }
  }
}

const decodedGraph = (bytes: Uint8Array): DecodedGraph => decodeModel(bytes).graph as DecodedGraph

function sample(): Graph {
  const graph = new Graph('sample')
  const x = graph.input('x', 'float32', [2, 3])
  const y = graph.scoped('block', () =>
    add(graph, multiply(graph, x, x), multiply(graph, x, graph.scalar(2, 'float32'))),
  )
  graph.output('y', transpose(graph, y, [1, 0]))
  return graph
}

test('names come from scopes and counters', () => {
  assert.deepEqual(
    decodedGraph(encodeGraph(sample())).node.map((node) => node.name),
    ['block/Mul', 'block/Mul_1', 'block/Add', 'Transpose', 'y'],
  )
})

test('equal graphs give equal bytes', () => {
  assert.deepEqual(encodeGraph(sample()), encodeGraph(sample()))
})

test('a file says its versions, inputs, outputs and attributes', () => {
  const bytes = encodeGraph(sample())
  const model = decodeModel(bytes)
  assert.equal(model.irVersion, 10n)
  assert.deepEqual((model.opsetImport as { version: bigint }[])[0]?.version, 21n)
  const graph = decodedGraph(bytes)
  const sizes = (value: DecodedValue): unknown[] => value.type.value.value.shape.dim.map((size) => size.value.value)
  assert.deepEqual([graph.input[0]!.name, sizes(graph.input[0]!)], ['x', [2n, 3n]])
  assert.deepEqual([graph.output[0]!.name, sizes(graph.output[0]!)], ['y', [3n, 2n]])
  assert.deepEqual(graph.node[3]!.attribute[0]!.ints, [1n, 0n])
})

test('an attribute of zero is written', () => {
  const graph = new Graph('zero')
  const table = graph.input('table', 'float32', [4, 2])
  const rows = embedding(graph, table, graph.constant([1], Int32Array.of(3)))
  graph.output('rows', rows)
  // Field 3 (i) of the attribute, as a varint of 0; without it a strict reader sees an attribute with no value.
  assert.ok(Buffer.from(encodeGraph(graph)).includes(Buffer.from([0x0a, 4, ...Buffer.from('axis'), 0x18, 0])))
})

test("the runtime's own operations are named with their domain, which only files that use them ask for", () => {
  const turning = (inside: boolean): Graph => {
    const graph = new Graph('outer')
    const x = graph.input('x', 'float32', [1, 1, 3, 4])
    const tables = { cosine: graph.input('c', 'float32', [3, 2]), sine: graph.input('s', 'float32', [3, 2]) }
    const turned = inside
      ? loop(graph, 'turns', 2, [x], ({ graph: inner, carried }) => ({ carried: [rotary(inner, carried[0]!, tables)] }))
          .carried[0]!
      : rotary(graph, x, tables)
    graph.output('y', turned)
    return graph
  }
  const domains = (graph: Graph): unknown[] =>
    (decodeModel(encodeGraph(graph)).opsetImport as { domain: string }[]).map(({ domain }) => domain)
  assert.deepEqual(domains(sample()), [''])
  for (const inside of [false, true]) assert.deepEqual(domains(turning(inside)), ['', 'com.microsoft'])
  const [node] = decodedGraph(encodeGraph(turning(false))).node as unknown as { opType: string; domain: string }[]
  assert.deepEqual([node?.opType, node?.domain], ['RotaryEmbedding', 'com.microsoft'])
})

test('a named size is written as a name', () => {
  const graph = new Graph('sequence')
  const rates = graph.inputSequence('rates', 'float32', 'steps', [2])
  const index = graph.input('index', 'int32', [])
  graph.output('rate', graph.node('Gather', [rates, index], { dtype: 'float32', shape: [2] }, { axis: { int: 0 } }))
  const dims = decodedGraph(encodeGraph(graph)).input[0]!.type.value.value.shape.dim.map((size) => size.value)
  assert.deepEqual(
    dims.map((size) => [size.case, size.value]),
    [
      ['dimParam', 'steps'],
      ['dimValue', 2n],
    ],
  )
})

test('what no output needs is left out, inside sub-graphs too, and what a sub-graph reads is kept', () => {
  const graph = new Graph('outer')
  const x = graph.input('x', 'float32', [2])
  const used = add(graph, x, graph.scalar(1, 'float32'))
  multiply(graph, x, graph.scalar(9, 'float32'))
  const body = new Graph('body', 'body/')
  body.input('iteration', 'int64', [])
  const go = body.input('go', 'bool', [])
  const carried = body.input('carried', 'float32', [2])
  multiply(body, carried, body.scalar(9, 'float32'))
  body.yieldValue(body.node('Identity', [go], go))
  body.yieldValue(add(body, carried, used))
  const trips = graph.input('trips', 'int64', [])
  graph.outputNode('Loop', [trips.name, '', x.name], [{ name: 'y', dtype: 'float32', shape: [2] }], {
    body: { graph: body },
  })
  const decoded = decodedGraph(encodeGraph(graph))
  assert.deepEqual(
    decoded.node.map((node) => node.opType),
    ['Add', 'Loop'],
  )
  assert.equal(decoded.initializer.length, 1)
  const inner = decoded.node[1]!.attribute[0]!.g!
  assert.deepEqual(
    inner.node.map((node) => node.name),
    ['body/Identity', 'body/Add'],
  )
  assert.equal(inner.initializer.length, 0)
})

test('a small constant is stored once, a large one as often as it is made', () => {
  const graph = new Graph('constants')
  assert.equal(graph.scalar(1, 'float32'), graph.scalar(1, 'float32'))
  assert.notEqual(graph.scalar(1, 'float32'), graph.scalar(1, 'float64'))
  assert.notEqual(graph.integers([1]), graph.constant([1, 1], BigInt64Array.of(1n)))
  assert.notEqual(graph.constant([100], new Float32Array(100)), graph.constant([100], new Float32Array(100).fill(2)))
})

test('shapes broadcast as ONNX says', () => {
  assert.deepEqual(broadcast([4, 1, 3], [2, 1]), [4, 2, 3])
  assert.deepEqual(broadcast([], [0, 2]), [0, 2])
  assert.deepEqual(stretchedAxes([2, 1], [4, 2, 3]), [0, 2])
  assert.deepEqual(stretchedAxes([1], [1]), [])
})

test('what does not fit is refused while the graph is built', () => {
  const graph = new Graph('wrong')
  const float = (...shape: number[]): Value => graph.input('x', 'float32', shape)
  const tokens = graph.input('t', 'int32', [2])
  const table = { cosine: float(3, 2), sine: float(3, 2) }
  const schedule = { learningRate: float(), time: float() }
  const mistakes: readonly (() => unknown)[] = [
    () => broadcast([2], [3]),
    () => sizeOf([2], 1),
    () => mean(graph, float(2), [1]),
    () => add(graph, float(2), float(3)),
    () => add(graph, float(2), graph.input('d', 'float64', [2])),
    () => floatDtype(tokens),
    () => reshape(graph, float(2, 3), [5]),
    () => transpose(graph, float(2, 3), [0, 0]),
    () => linear(graph, float(2, 3), float(4, 2)),
    () => matmul(graph, float(2, 3), float(2, 3)),
    () => matmul(graph, float(3), float(3, 2)),
    () => rotary(graph, float(1, 1, 3, 6), table),
    () => rotary(graph, float(3, 4), table),
    () => rotary(graph, float(1, 1, 3, 5), table),
    () => embedding(graph, float(4, 2), float(2)),
    () => headLoss(graph, float(2, 3), float(4, 3), float(2)),
    () => headLoss(graph, float(3, 3), float(4, 3), tokens),
    () => headLoss(graph, float(2, 3), float(4, 5), tokens),
    () => causalAttention(graph, float(1, 1, 3, 2), float(1, 1, 3, 2), float(1, 1, 3, 2), float(3, 3), 2),
    () => slice(graph, float(2), 0, 1, 3),
    () => concatenate(graph, [], 0),
    () => concatenate(graph, [float(2, 3), float(2, 2)], 0),
    () => floatDtype(cast(graph, float(2), 'float16')),
    () => causalAttention(graph, float(1, 2, 3, 4), float(1, 2, 3, 4), float(1, 2, 2, 4), float(3, 3), 1),
    () => causalAttention(graph, float(1, 2, 3, 4), float(1, 2, 3, 4), float(1, 2, 3, 4), float(2, 3), 1),
    () => graph.constant([3], new Float32Array(2)),
    () => gradients(graph, float(2), []),
    () =>
      gradients(
        graph,
        mean(graph, float(2), [0]),
        [float(2)].map((value) => ({ ...value, name: 'elsewhere' })),
      ),
    () => adamW(graph, [], schedule, ADAMW_DEFAULTS),
  ]
  for (const [index, mistake] of mistakes.entries())
    assert.throws(mistake, { code: 'training/bad-graph' }, `mistake ${index} was accepted`)
})
