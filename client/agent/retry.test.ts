import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TesseraError } from '@tessera/protocol/errors'
import { ManualClock } from './manualClock.ts'
import { RETRY_DEFAULTS, retry } from './retry.ts'

const busy = new TesseraError('chain/busy', 'busy', { retryable: true })

/** Runs `retry` to its end on a clock that jumps to each wake-up, and records the waits. */
async function run(attempt: (n: number) => Promise<string>, options: Parameters<typeof retry>[1] = {}) {
  const clock = new ManualClock()
  const waits: number[] = []
  const onRetry = (_error: unknown, _attempt: number, waitMs: number) => void waits.push(waitMs)
  const result = retry(attempt, { clock, random: () => 1 - 2 ** -30, onRetry, ...options }).then(
    (value) => ({ value, error: undefined }),
    (error: unknown) => ({ value: undefined, error }),
  )
  await clock.advance(10 * 60_000)
  return { ...(await result), waits }
}

test('a success after retryable errors, with doubling, capped waits', async () => {
  const seen: number[] = []
  const outcome = await run(
    async (n) => {
      seen.push(n)
      if (n < 5) throw busy
      return 'done'
    },
    { baseMs: 100, maxMs: 500 },
  )
  assert.deepEqual(outcome, { value: 'done', error: undefined, waits: [100, 200, 400, 500] })
  assert.deepEqual(seen, [1, 2, 3, 4, 5])
})

test('a wait is spread between its half and its whole', async () => {
  const failOnce = async (n: number) => {
    if (n === 1) throw busy
    return 'done'
  }
  assert.deepEqual((await run(failOnce, { baseMs: 100, random: () => 0 })).waits, [50])
  assert.deepEqual((await run(failOnce, { baseMs: 100, random: () => 0.5 })).waits, [75])
})

test('an error that is not retryable, or not ours, is thrown at once and unchanged', async () => {
  for (const error of [new TesseraError('chain/reverted', 'no'), new Error('defect')]) {
    const outcome = await run(() => Promise.reject(error))
    assert.equal(outcome.error, error)
    assert.deepEqual(outcome.waits, [])
  }
})

test('gives up after the tries with the last error', async () => {
  let last: unknown
  const outcome = await run(
    async (n) => {
      last = new TesseraError('chain/busy', `try ${n}`, { retryable: true })
      throw last
    },
    { tries: 3 },
  )
  assert.equal(outcome.error, last)
  assert.equal(outcome.waits.length, 2)
})

test('starts no attempt beyond the total time', async () => {
  const { waits, error } = await run(() => Promise.reject(busy), { tries: 100, totalMs: 1000, baseMs: 400, maxMs: 400 })
  assert.equal(error, busy)
  assert.deepEqual(waits, [400, 400])
})

test('the defaults end within a minute', async () => {
  const { waits } = await run(() => Promise.reject(busy))
  assert.equal(waits.length, RETRY_DEFAULTS.tries - 1)
  assert.ok(waits.reduce((sum, wait) => sum + wait) <= RETRY_DEFAULTS.totalMs)
})

test('the signal ends it: before the first attempt, during a wait, and with the attempt itself', async () => {
  const reason = new Error('stop')
  const clock = new ManualClock()
  const none = () => Promise.reject(new Error('must not be tried'))
  await assert.rejects(retry(none, { signal: AbortSignal.abort(reason) }), reason)
  const waiting = new AbortController()
  const result = retry(() => Promise.reject(busy), { clock, signal: waiting.signal })
  await clock.whenSleeping()
  waiting.abort(reason)
  await assert.rejects(result, reason)
  const during = new AbortController()
  const aborted = async () => {
    during.abort(reason)
    throw busy
  }
  await assert.rejects(retry(aborted, { clock, signal: during.signal }), busy)
})
