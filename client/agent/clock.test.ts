import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import { systemClock } from './clock.ts'
import { ManualClock } from './manualClock.ts'

test('systemClock: a sleep of no time ends at once, an aborted one rejects with the reason', async () => {
  await systemClock.sleep(0)
  await systemClock.sleep(-5)
  const reason = new Error('stop')
  await assert.rejects(systemClock.sleep(1e6, AbortSignal.abort(reason)), reason)
  const controller = new AbortController()
  const sleeping = systemClock.sleep(1e6, controller.signal)
  controller.abort(reason)
  await assert.rejects(sleeping, reason)
})

test('systemClock: a sleep beyond the longest timer of Node does not end early', async () => {
  mock.timers.enable({ apis: ['setTimeout'] })
  try {
    let woken = false
    const sleeping = systemClock.sleep(2 ** 31 + 1000).then(() => {
      woken = true
    })
    mock.timers.tick(2 ** 31 - 1)
    await new Promise((resolve) => setImmediate(resolve))
    assert.equal(woken, false)
    mock.timers.tick(1001)
    await sleeping
  } finally {
    mock.timers.reset()
  }
})

test('ManualClock: wakes sleepers in order and at their time, and lets each sleep again', async () => {
  const clock = new ManualClock(1000)
  const seen: string[] = []
  const loop = async (name: string, ms: number) => {
    for (let i = 0; i < 3; i++) {
      await clock.sleep(ms)
      seen.push(`${name}@${clock.now()}`)
    }
  }
  const both = Promise.all([loop('a', 10), loop('b', 15)])
  assert.equal(clock.sleepers, 2)
  await clock.advance(29)
  assert.deepEqual(seen, ['a@1010', 'b@1015', 'a@1020'])
  assert.equal(clock.now(), 1029)
  await clock.advance(100)
  await both
  assert.equal(clock.sleepers, 0)
})

test('ManualClock: aborting ends a sleep, and whenSleeping waits for one', async () => {
  const clock = new ManualClock()
  const controller = new AbortController()
  const reached = clock.whenSleeping(1)
  const sleeping = clock.sleep(10, controller.signal)
  await reached
  controller.abort(new Error('stop'))
  await assert.rejects(sleeping, /stop/)
  assert.equal(clock.sleepers, 0)
  await assert.rejects(clock.sleep(10, controller.signal), /stop/)
  await clock.sleep(0)
})
