import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { isTesseraError } from '@tessera/protocol/errors'
import fc from 'fast-check'
import { Slots } from './slots.ts'

const never = new AbortController().signal

describe('Slots', () => {
  test('never gives out more than there is, and serves everyone', async () => {
    const amounts = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 30 })
    await fc.assert(
      fc.asyncProperty(amounts, async (wanted) => {
        const slots = new Slots(8)
        let used = 0
        const use = async (amount: number) => {
          const release = await slots.acquire(amount, never)
          used += Math.min(amount, 8)
          assert.ok(used <= 8)
          await new Promise((resolve) => setImmediate(resolve))
          used -= Math.min(amount, 8)
          release()
        }
        await Promise.all(wanted.map(use))
        assert.equal(used, 0)
      }),
      { numRuns: 30 },
    )
  })

  test('first come, first served: a small request does not overtake a large one', async () => {
    const slots = new Slots(2)
    const order: string[] = []
    const first = await slots.acquire(1, never)
    const large = slots.acquire(2, never).then((release) => {
      order.push('large')
      release()
    })
    const small = slots.acquire(1, never).then((release) => {
      order.push('small')
      release()
    })
    first()
    await Promise.all([large, small])
    assert.deepEqual(order, ['large', 'small'])
  })

  test('whoever gives up waiting leaves the queue to the others', async () => {
    const slots = new Slots(1)
    const stop = new AbortController()
    const first = await slots.acquire(1, never)
    const left = slots.acquire(1, stop.signal)
    const next = slots.acquire(1, never)
    stop.abort()
    await assert.rejects(left, (error) => isTesseraError(error, 'storage/aborted'))
    first()
    ;(await next)()
    await assert.rejects(slots.acquire(1, stop.signal), (error) => isTesseraError(error, 'storage/aborted'))
  })
})
