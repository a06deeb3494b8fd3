import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { isTesseraError } from '@tessera/protocol/errors'
import { HandTimer } from './handTimer.ts'
import { startSpan, systemTimer } from './timer.ts'

const settled = () => new Promise((resolve) => setImmediate(resolve))

describe('startSpan', () => {
  test('aborts with the reason for being late when time runs out', async () => {
    const timer = new HandTimer()
    const span = startSpan(timer, 5_000, () => 'late')
    assert.equal(span.signal.aborted, false)
    timer.end(5_000)
    await settled()
    assert.equal(span.signal.reason, 'late')
  })

  test('follows its parent, at once if that has aborted before', () => {
    const parent = new AbortController()
    const span = startSpan(new HandTimer(), 5_000, () => 'late', parent.signal)
    parent.abort()
    assert.ok(isTesseraError(span.signal.reason, 'storage/aborted'))
    assert.ok(startSpan(new HandTimer(), 5_000, () => 'late', parent.signal).signal.aborted)
  })

  test('closed, it lets go of timer and parent', async () => {
    const timer = new HandTimer()
    const parent = new AbortController()
    const span = startSpan(timer, 5_000, () => 'late', parent.signal)
    span.close()
    parent.abort()
    await settled()
    assert.equal(timer.pending, 0)
    assert.equal(span.signal.aborted, false)
  })

  test('the first reason stays', () => {
    const span = startSpan(new HandTimer(), 5_000, () => 'late')
    span.stop('first')
    span.stop('second')
    assert.equal(span.signal.reason, 'first')
  })

  test('a timer that fails ends the span instead of leaving it without a limit', async () => {
    const broken = { now: () => 0, sleep: () => Promise.reject(new Error('no timer')) }
    const span = startSpan(broken, 5_000, () => 'late')
    await settled()
    assert.equal(span.signal.reason.message, 'no timer')
  })
})

describe('systemTimer', () => {
  test('sleeps, and stops when told to', async () => {
    await systemTimer.sleep(1)
    await assert.rejects(systemTimer.sleep(2 ** 40, AbortSignal.abort()), { code: 'storage/aborted' })
  })
})
