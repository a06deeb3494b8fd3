import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TesseraError } from '@tessera/protocol/errors'
import { ManualClock } from './manualClock.ts'
import { runTicker } from './ticker.ts'

function setUp(tick: (clock: ManualClock, count: number) => Promise<void>, clock = new ManualClock(5)) {
  const controller = new AbortController()
  const at: number[] = []
  const errors: unknown[] = []
  const done = runTicker({
    intervalMs: 100,
    clock,
    signal: controller.signal,
    onError: (error) => void errors.push(error),
    tick: async () => {
      at.push(clock.now())
      await tick(clock, at.length)
    },
  })
  return { clock, controller, at, errors, done }
}

test('ticks at once and then at whole intervals after the start, until the signal', async () => {
  const { clock, controller, at, done } = setUp(async () => {})
  await clock.advance(350)
  controller.abort()
  await done
  assert.deepEqual(at, [5, 105, 205, 305])
  await clock.advance(1000)
  assert.equal(at.length, 4)
})

test('never overlaps; ticks missed meanwhile are skipped, and the grid is kept', async () => {
  let running = 0
  const { clock, controller, at, done } = setUp(async (clock, count) => {
    assert.equal(++running, 1)
    if (count === 2) await clock.sleep(250)
    running--
  })
  await clock.advance(600)
  controller.abort()
  await done
  assert.deepEqual(at, [5, 105, 405, 505, 605])
})

test('a retryable error is told and the next tick tries again', async () => {
  const busy = new TesseraError('chain/busy', 'busy', { retryable: true })
  const { clock, controller, at, errors, done } = setUp(async (_clock, count) => {
    if (count === 1) throw busy
  })
  await clock.advance(100)
  controller.abort()
  await done
  assert.deepEqual(errors, [busy])
  assert.equal(at.length, 2)
})

test('any other error is told and ends it', async () => {
  for (const error of [new TesseraError('chain/reverted', 'no'), new Error('defect')]) {
    const { errors, done, clock } = setUp(() => Promise.reject(error))
    await assert.rejects(done, error)
    assert.deepEqual(errors, [error])
    assert.equal(clock.sleepers, 0)
  }
})

test('an error of a tick that was told to stop is not one', async () => {
  const controller = new AbortController()
  const done = runTicker({
    intervalMs: 100,
    clock: new ManualClock(),
    signal: controller.signal,
    onError: () => assert.fail(),
    tick: async (signal) => {
      controller.abort()
      signal.throwIfAborted()
    },
  })
  await done
})

test('a clock that is set back delays a tick by one interval at most', async () => {
  const clock = new (class extends ManualClock {
    behind = 0
    override now() {
      return super.now() - this.behind
    }
  })(10_000)
  const { controller, at, done } = setUp(async () => {
    clock.behind = 5_000
  }, clock)
  await clock.advance(250)
  controller.abort()
  await done
  assert.deepEqual(at, [10_000, 5_100, 5_200])
})

test('an interval must be positive', async () => {
  const signal = new AbortController().signal
  const bad = { tick: async () => {}, onError: () => {}, signal }
  for (const intervalMs of [0, -1, Number.NaN]) await assert.rejects(runTicker({ ...bad, intervalMs }), RangeError)
})
