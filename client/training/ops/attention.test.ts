// That blocks change nothing: the gradient checks compare each way with its own differences only.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeGraph } from '../graph/encode.ts'
import { Graph } from '../graph/graph.ts'
import { elementCount } from '../graph/shape.ts'
import { Random } from '../random.ts'
import { floatOutput, Session } from '../session.ts'
import { causalAttention } from './attention.ts'

const POSITIONS = 12
const SHAPES = { query: [2, 4, POSITIONS, 4], key: [2, 2, POSITIONS, 4], value: [2, 2, POSITIONS, 4] }

async function attended(blocks: number): Promise<Float32Array> {
  const graph = new Graph('attention')
  const [query, key, value] = Object.entries(SHAPES).map(([name, shape]) => graph.input(name, 'float32', shape))
  const mask = Float32Array.from({ length: POSITIONS ** 2 }, (_, at) =>
    at % POSITIONS > Math.floor(at / POSITIONS) ? -1e9 : 0,
  )
  const hidden = graph.constant([POSITIONS, POSITIONS], mask)
  graph.output('output', causalAttention(graph, query!, key!, value!, hidden, blocks))
  const random = new Random(3)
  const feeds = Object.entries(SHAPES).map(([name, shape]) => {
    const data = Float32Array.from({ length: elementCount(shape) }, () => random.normal())
    return [name, { data, shape }] as const
  })
  const session = await Session.create(encodeGraph(graph))
  const output = floatOutput(await session.run(Object.fromEntries(feeds)), 'output')
  await session.dispose()
  return output
}

test('attention in blocks is attention', async () => {
  const whole = await attended(1)
  for (const blocks of [2, 3, 12])
    for (const [at, value] of (await attended(blocks)).entries())
      assert.ok(Math.abs(value - whole[at]!) < 1e-6, `${blocks} blocks, entry ${at}: ${value}, not ${whole[at]}`)
})
