import assert from 'node:assert/strict'
import { test } from 'node:test'
import { median, takeTurns } from './measure.ts'

test('the median of an odd and an even number of values, and of none', () => {
  assert.equal(median([3, 1, 2]), 2)
  assert.equal(median([4, 1, 2, 10]), 3)
  assert.equal(median([]), Number.NaN)
})

test('sides take turns, and the first turn of each does not count', async () => {
  const order: string[] = []
  const side = (name: string, values: number[]) => async () => {
    order.push(name)
    return values.shift() ?? Number.NaN
  }
  const medians = await takeTurns(
    [side('a', [1000, 1, 9, 2]), side('b', [1000, 4, 5, 6])],
    3,
    new AbortController().signal,
  )
  assert.equal(order.join(''), 'abababab')
  assert.deepEqual(medians, [2, 5])
})

test('a stop is heard between turns', async () => {
  const stop = new AbortController()
  let turns = 0
  const turn = async () => {
    if (++turns === 3) stop.abort(new Error('enough'))
    return 1
  }
  await assert.rejects(takeTurns([turn], 10, stop.signal), { message: 'enough' })
  assert.equal(turns, 3)
})
