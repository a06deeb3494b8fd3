import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeGraph } from '../graph/encode.ts'
import { Graph } from '../graph/graph.ts'
import { floatOutput, Session } from '../session.ts'
import { zeros } from './zeros.ts'

function program(shape: readonly number[]): Uint8Array {
  const graph = new Graph('zeros')
  graph.output('zeros', zeros(graph, shape, 'float32', graph.input('numbers', 'int32', [2, 2])))
  return encodeGraph(graph)
}

test('zeros are zero whatever the numbers are', async () => {
  const session = await Session.create(program([3, 2]))
  for (const numbers of [
    [1, 2, 3, 4],
    [2 ** 31 - 1, 0, 0, 0],
    [-(2 ** 31), 0, 0, 0],
  ]) {
    const outputs = await session.run({ numbers: { data: Int32Array.from(numbers), shape: [2, 2] } })
    assert.deepEqual(floatOutput(outputs, 'zeros'), new Float32Array(6))
  }
  await session.dispose()
})

test('loading a program makes no zeros', async () => {
  const before = process.memoryUsage.rss()
  const session = await Session.create(program([2 ** 26]))
  const grown = process.memoryUsage.rss() - before
  await session.dispose()
  // The zeros themselves would be 256 MB.
  assert.ok(grown < 2 ** 27, `${grown} bytes`)
})
