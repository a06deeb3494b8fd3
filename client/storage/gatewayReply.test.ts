import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { Writable } from 'node:stream'
import { describe, test } from 'node:test'
import { sendBody } from './gatewayReply.ts'
import { HandTimer } from './handTimer.ts'

/** A response whose reader takes `reads` pieces and then stops reading without leaving. */
function reader(reads: number): { response: ServerResponse; taken: Uint8Array[] } {
  const taken: Uint8Array[] = []
  const response = new Writable({
    highWaterMark: 1,
    write(piece, _, done) {
      if (taken.length >= reads) return
      taken.push(piece)
      done()
    },
  })
  return { response: response as unknown as ServerResponse, taken }
}

const STALL_MS = 30_000
const pieces = ['a', 'b', 'c'].map((text) => Buffer.from(text))

describe('sendBody', () => {
  test('sends every piece and ends', async () => {
    const timer = new HandTimer()
    const { response, taken } = reader(10)
    await sendBody(response, pieces, { stall: { timer, stallMs: STALL_MS } })
    assert.deepEqual(taken, pieces)
    assert.ok(response.writableFinished)
    assert.equal(timer.pending, 0)
  })

  test('cuts off a reader that stops for longer than the limit, and takes no further piece', async () => {
    const timer = new HandTimer()
    const { response, taken } = reader(1)
    let pulled = 0
    const source = pieces.values().map((piece) => {
      if (++pulled === 2) setImmediate(() => timer.end(STALL_MS))
      return piece
    })
    await sendBody(response, source, { stall: { timer, stallMs: STALL_MS } })
    assert.ok(response.destroyed)
    assert.deepEqual([taken.length, pulled, timer.pending], [1, 2, 0])
  })

  test('each piece has the whole limit for itself', async () => {
    const timer = new HandTimer()
    const { response } = reader(10)
    await sendBody(response, pieces, { stall: { timer, stallMs: STALL_MS } })
    assert.deepEqual(timer.asked, [STALL_MS, STALL_MS, STALL_MS, STALL_MS])
  })

  test('stops for a reader that leaves, and sends nothing to one that has left', async () => {
    const timer = new HandTimer()
    const { response } = reader(0)
    const sending = sendBody(response, pieces, { stall: { timer, stallMs: STALL_MS } })
    response.destroy()
    await sending
    await once(response, 'close').catch(() => {
      // A destroyed response may tell of its error instead of its close: either way it has ended.
    })
    assert.equal(timer.pending, 0)
  })
})
