import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inBatches } from './batches.ts'

test('answers keep the order of their items, and no more than a batch is asked at once', async () => {
  let [asking, most] = [0, 0]
  const items = Array.from({ length: 120 }, (_, at) => at)
  const answers = await inBatches(items, async (item) => {
    most = Math.max(most, ++asking)
    await Promise.resolve()
    asking--
    return item * 2
  })
  assert.deepEqual(
    answers,
    items.map((item) => item * 2),
  )
  assert.equal(most, 50)
  assert.deepEqual(await inBatches([], () => Promise.reject(new Error('nobody asks'))), [])
})
