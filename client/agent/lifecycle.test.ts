import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { isTesseraError, TesseraError } from '@tessera/protocol/errors'
import { isStop, Lifecycle } from './lifecycle.ts'
import { ManualClock } from './manualClock.ts'

const never = () => new Promise<void>(() => {})

describe('Lifecycle', () => {
  test('closes in reverse order, one after the other, once', async () => {
    const lifecycle = new Lifecycle({ clock: new ManualClock() })
    const seen: string[] = []
    lifecycle.onClose('store', () => void seen.push('store'))
    lifecycle.onClose('server', async () => {
      assert.ok(lifecycle.signal.aborted, 'everyone has been told before anything is closed')
      await Promise.resolve()
      seen.push('server')
    })
    const first = lifecycle.close()
    assert.equal(lifecycle.close(), first)
    await first
    assert.deepEqual(seen, ['server', 'store'])
  })

  test('stop aborts with lifecycle/stopped, and the first reason counts', () => {
    const lifecycle = new Lifecycle()
    lifecycle.stop('SIGINT')
    lifecycle.stop('later')
    assert.ok(isTesseraError(lifecycle.signal.reason, 'lifecycle/stopped'))
    assert.equal(lifecycle.signal.reason.message, 'stopped: SIGINT')
  })

  test('lifecycle/close-failed after all others were closed', async () => {
    const lifecycle = new Lifecycle({ clock: new ManualClock() })
    let closed = 0
    lifecycle.onClose('first', () => void closed++)
    lifecycle.onClose('broken', () => {
      throw new Error('no')
    })
    lifecycle.onClose('rejecting', () => Promise.reject(new Error('no either')))
    await assert.rejects(lifecycle.close(), (error: TesseraError) => {
      assert.equal(error.code, 'lifecycle/close-failed')
      assert.deepEqual(error.context, { failed: ['rejecting', 'broken'] })
      assert.equal((error.cause as AggregateError).errors.length, 2)
      return true
    })
    assert.equal(closed, 1)
  })

  test('lifecycle/close-timeout names what was not closed', async () => {
    const clock = new ManualClock()
    const lifecycle = new Lifecycle({ clock, closeLimitMs: 500 })
    lifecycle.onClose('journal', () => assert.fail('comes after the one that hangs'))
    lifecycle.onClose('anvil', never)
    lifecycle.onClose('server', () => {})
    const closing = lifecycle.close()
    await Promise.all([
      assert.rejects(closing, {
        code: 'lifecycle/close-timeout',
        context: { unfinished: ['anvil', 'journal'] },
        hint: 'Not closed: anvil, journal',
      }),
      clock.advance(500),
    ])
  })

  test('leaves no timer behind', async () => {
    const clock = new ManualClock()
    await new Lifecycle({ clock }).close()
    assert.equal(clock.sleepers, 0)
  })
})

test('isStop: the reason itself, an AbortError, or either as a cause; and only once aborted', () => {
  const controller = new AbortController()
  const reason = new TesseraError('lifecycle/stopped', 'x')
  const abortError = new DOMException('aborted', 'AbortError')
  const wrapped = new TesseraError('storage/failed', 'x', { cause: new Error('y', { cause: reason }) })
  assert.ok(!isStop(reason, controller.signal))
  controller.abort(reason)
  assert.ok(
    isStop(reason, controller.signal) && isStop(abortError, controller.signal) && isStop(wrapped, controller.signal),
  )
  assert.ok(!isStop(new Error('a real one'), controller.signal) && !isStop('text', controller.signal))
})
