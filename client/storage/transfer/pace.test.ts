import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Pace } from './pace.ts'
import { VirtualTimer } from './virtualTimer.ts'

const NEVER = new AbortController().signal

describe('Pace', () => {
  test('lets no more pass than its rate, after a first burst of 100 ms', async () => {
    const timer = new VirtualTimer()
    const pace = new Pace(timer, 1_000)
    const all = async () => {
      for (let n = 0; n < 50; n++) await pace.take('one', 100, NEVER)
    }
    await timer.run(all())
    // 5,000 bytes, of which the last is let go when its turn begins.
    assert.ok(timer.now() >= 4_700 && timer.now() <= 5_000, `${timer.now()} ms`)
  })

  test('gives turns to those who wait, not to those who ask most', async () => {
    const timer = new VirtualTimer()
    const pace = new Pace(timer, 1_000)
    const order: string[] = []
    const take = async (who: string) => {
      await pace.take(who, 500, NEVER)
      order.push(who)
    }
    const greedy = Array.from({ length: 6 }, () => take('greedy'))
    await timer.run(Promise.all([...greedy, take('modest'), take('modest')]))
    // The first was alone when it asked.
    assert.deepEqual(order.slice(1, 5), ['greedy', 'modest', 'greedy', 'modest'])
  })

  test('forgets who leaves', async () => {
    const timer = new VirtualTimer()
    const pace = new Pace(timer, 1)
    const stop = new AbortController()
    await pace.take('one', 1_000, NEVER)
    const leaving = pace.take('two', 1_000, stop.signal)
    const staying = pace.take('three', 1, NEVER)
    stop.abort()
    await assert.rejects(leaving, { code: 'storage/aborted' })
    await assert.rejects(pace.take('two', 1, stop.signal), { code: 'storage/aborted' })
    await timer.run(staying)
    assert.ok(timer.now() < 1_100_000)
  })
})
