import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { encodeGraph } from './graph/encode.ts'
import { Graph } from './graph/graph.ts'
import { add } from './ops/elementwise.ts'
import { itemAt } from './ops/layout.ts'
import { floatOutput, Session, type TensorInputs } from './session.ts'

function program(): Uint8Array {
  const graph = new Graph('test')
  const x = graph.input('x', 'float32', [2])
  const rows = graph.inputSequence('rows', 'float32', 'count', [2])
  const more = graph.inputSequence('more', 'float32', 'count', [])
  const index = graph.input('index', 'int32', [])
  graph.output('ratio', graph.node('Div', [add(graph, x, itemAt(graph, rows, index)), itemAt(graph, more, index)], x))
  return encodeGraph(graph)
}

const good: TensorInputs = {
  x: { data: Float32Array.of(1, 2), shape: [2] },
  rows: { data: Float32Array.of(0, 0, 4, 6), shape: [2, 2] },
  more: { data: Float32Array.of(0, 2), shape: [2] },
  index: { data: Int32Array.of(1), shape: [] },
}
const session = await Session.create(program())
after(() => session.dispose())

test('named tensors go in and come out, also when they are views into larger memory', async () => {
  const view = Float32Array.of(9, 9, 9, 1, 2, 9).subarray(3, 5)
  const outputs = await session.run({ ...good, x: { data: view, shape: [2] } })
  assert.deepEqual(floatOutput(outputs, 'ratio'), Float32Array.of(2.5, 4))
})

test('inputs that do not fit are refused before the runtime sees them', async () => {
  const { x, ...withoutX } = good
  const wrong: readonly TensorInputs[] = [
    withoutX,
    { ...good, y: x! },
    { ...good, x: { data: Float64Array.of(1, 2), shape: [2] } },
    { ...good, x: { data: Float32Array.of(1, 2), shape: [1, 2] } },
    { ...good, x: { data: Float32Array.of(1, 2, 3), shape: [3] } },
    { ...good, x: { data: Float32Array.of(1, 2, 3), shape: [2] } },
    // The size that both call `count` differs.
    { ...good, more: { data: Float32Array.of(0, 2, 3), shape: [3] } },
  ]
  for (const inputs of wrong) await assert.rejects(session.run(inputs), { code: 'training/bad-tensor' })
})

test('an output that must be finite and is not is an error that names it', async () => {
  const zero = { ...good, index: { data: Int32Array.of(0), shape: [] } }
  await assert.rejects(session.run(zero, { finite: ['ratio'] }), { code: 'training/not-finite' })
  assert.deepEqual(Array.from(floatOutput(await session.run(zero), 'ratio')), [Infinity, Infinity])
  await assert.rejects(session.run(good, { finite: ['other'] }), { code: 'training/bad-tensor' })
})

test('what the runtime refuses is a session failure', async () => {
  for (const bytes of [new Uint8Array(0), Uint8Array.of(1, 2, 3)])
    await assert.rejects(Session.create(bytes), { code: 'training/session-failed' })
  const outside = { ...good, index: { data: Int32Array.of(5), shape: [] } }
  await assert.rejects(session.run(outside), { code: 'training/session-failed' })
})

test('a disposed session runs no more and may be disposed again', async () => {
  const other = await Session.create(program())
  await other.dispose()
  await other.dispose()
  await assert.rejects(other.run(good), { code: 'training/session-failed' })
})
