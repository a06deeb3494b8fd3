// What the gradient checks cannot see: the losses themselves, at sizes of scores where careless arithmetic fails, and in parts.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeGraph } from '../graph/encode.ts'
import { Graph } from '../graph/graph.ts'
import { Random } from '../random.ts'
import { floatOutput, Session } from '../session.ts'
import { headLoss } from './headLoss.ts'

const [ROWS, WIDTH, VOCABULARY] = [12, 3, 5]
const TARGETS = Int32Array.from({ length: ROWS }, (_, row) => (row * 3) % VOCABULARY)

/** Losses by the graph; rows and head are drawn at `scale`. */
async function losses(scale: number, mostScores?: number): Promise<{ actual: number[]; expected: number[] }> {
  const graph = new Graph('loss')
  const x = graph.input('x', 'float32', [ROWS, WIDTH])
  const head = graph.input('head', 'float32', [VOCABULARY, WIDTH])
  const targets = graph.constant([ROWS], TARGETS)
  graph.output('losses', headLoss(graph, x, head, targets, mostScores === undefined ? {} : { mostScores }))
  const random = new Random(4)
  const draw = (count: number) => Float32Array.from({ length: count }, () => scale * random.normal())
  const [xs, heads] = [draw(ROWS * WIDTH), draw(VOCABULARY * WIDTH)]
  const session = await Session.create(encodeGraph(graph))
  const outputs = await session.run({ x: { data: xs, shape: x.shape }, head: { data: heads, shape: head.shape } })
  await session.dispose()
  const expected = Array.from(TARGETS, (target, row) => {
    const scores = Array.from({ length: VOCABULARY }, (_, token) =>
      Array.from({ length: WIDTH }, (__, at) => xs[row * WIDTH + at]! * heads[token * WIDTH + at]!).reduce(
        (a, b) => a + b,
      ),
    )
    const most = Math.max(...scores)
    return most + Math.log(scores.reduce((sum, score) => sum + Math.exp(score - most), 0)) - scores[target]!
  })
  return { actual: [...floatOutput(outputs, 'losses')], expected }
}

// At scale 30 scores reach thousands: the losses are as large, where exponentials over- and underflow.
for (const scale of [0.1, 1, 30]) {
  test(`losses are right for scores of scale ${scale} squared`, async () => {
    const { actual, expected } = await losses(scale)
    for (const [row, loss] of expected.entries())
      assert.ok(Math.abs(actual[row]! - loss) <= 1e-6 * (1 + scale * scale), `row ${row}: ${actual[row]}, not ${loss}`)
  })
}

test('losses in parts are the losses of the whole', async () => {
  const { actual } = await losses(1)
  // Parts of 4, 2 and 1 rows; the last because not even a row fits.
  for (const mostScores of [4 * VOCABULARY, 13, 1])
    for (const [row, loss] of (await losses(1, mostScores)).actual.entries())
      assert.ok(
        Math.abs(loss - actual[row]!) < 1e-6,
        `row ${row} of parts of ${mostScores}: ${loss}, not ${actual[row]}`,
      )
})
