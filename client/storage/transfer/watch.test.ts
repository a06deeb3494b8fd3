import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { isTesseraError } from '@tessera/protocol/errors'
import { FETCH_LIMITS } from './limits.ts'
import { VirtualTimer } from './virtualTimer.ts'
import { type Watch, watchProgress } from './watch.ts'

const SOURCE = { base: 'https://source.example' }
const NEVER = new AbortController().signal

/** When the watch ends a request that gets `bytes` every `everyMs`, or undefined if it has not by `untilMs`. */
async function endOf(everyMs: number, bytes: number, untilMs: number): Promise<number | undefined> {
  const timer = new VirtualTimer()
  const watch = watchProgress(timer, FETCH_LIMITS, SOURCE, NEVER)
  const drip = async (): Promise<number | undefined> => {
    while (timer.now() < untilMs) {
      await timer.sleep(everyMs, watch.signal)
      watch.came(bytes)
    }
    return undefined
  }
  const end = await timer.run(
    drip().catch((error: unknown) => {
      assert.ok(isTesseraError(error, 'storage/timeout') && error.retryable)
      return timer.now()
    }),
  )
  watch.close()
  assert.equal(timer.pending, 0)
  return end
}

describe('a request is watched by its progress', () => {
  test('no byte for 5 s is a fault, at that very moment', async () => {
    assert.equal(await endOf(60_000, 1, 60_000), 5_000)
  })

  test('the 5 s begin anew with each byte', async () => {
    const timer = new VirtualTimer()
    const watch = watchProgress(timer, FETCH_LIMITS, SOURCE, NEVER)
    const once = async () => {
      await timer.sleep(3_000)
      watch.came(1_000_000)
      await timer.sleep(60_000, watch.signal)
    }
    await assert.rejects(timer.run(once()), { code: 'storage/timeout' })
    assert.equal(timer.now(), 8_000)
    watch.close()
  })

  test('drop by drop is a fault after 10 s', async () => {
    assert.equal(await endOf(200, 10, 60_000), 10_000)
  })

  test('slow is none: a block may take as long as it takes above the floor', async () => {
    assert.equal(await endOf(1_000, FETCH_LIMITS.floorBytesPerSecond * 1.2, 600_000), undefined)
    assert.equal(await endOf(1_000, FETCH_LIMITS.floorBytesPerSecond * 0.8, 600_000), 10_000)
  })

  test('the time in which we did not read is not the source’s', async () => {
    const timer = new VirtualTimer()
    const watch = watchProgress(timer, FETCH_LIMITS, SOURCE, NEVER)
    const work = async () => {
      for (let round = 0; round < 20; round++) {
        await timer.sleep(4_000, watch.signal)
        watch.held(4_000)
        watch.came(1)
      }
    }
    await timer.run(work())
    watch.close()
  })

  test('it ends with the fetch that it belongs to', () => {
    const stop = new AbortController()
    const timer = new VirtualTimer()
    const open: Watch = watchProgress(timer, FETCH_LIMITS, SOURCE, stop.signal)
    stop.abort()
    assert.ok(isTesseraError(open.signal.reason, 'storage/aborted'))
    assert.ok(watchProgress(timer, FETCH_LIMITS, SOURCE, stop.signal).signal.aborted)
  })
})
