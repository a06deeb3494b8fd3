import assert from 'node:assert/strict'
import { test } from 'node:test'
import { serveHttp } from './httpServer.ts'
import { ManualClock } from './manualClock.ts'
import { Status } from './status.ts'

test('Status keeps the latest values and the last rounds', async () => {
  const clock = new ManualClock(1000)
  const status = new Status({ rounds: 2, clock })
  status.set({ phase: 'train', peer: 'a' })
  await clock.advance(500)
  status.set({ phase: 'commit', peer: undefined })
  for (const round of [1n, 2n, 3n]) status.round({ round })
  assert.deepEqual(status.snapshot(), {
    startedAt: 1000,
    updatedAt: 1500,
    values: { phase: 'commit' },
    rounds: [{ round: 2n }, { round: 3n }],
  })
})

test('the handler answers with JSON, bigints as decimal strings', async () => {
  const status = new Status({ clock: new ManualClock(7) })
  status.set({ stake: 2n ** 64n, __proto__x: null })
  status.round({ round: 1n, loss: 3.5 })
  const server = await serveHttp({
    host: '127.0.0.1',
    port: 0,
    routes: { '/status': status.handler },
    onError: () => assert.fail(),
  })
  try {
    const response = await fetch(`${server.url}/status`)
    assert.match(response.headers.get('content-type') ?? '', /^application\/json/)
    assert.deepEqual(await response.json(), {
      startedAt: 7,
      updatedAt: 7,
      values: { stake: '18446744073709551616', __proto__x: null },
      rounds: [{ round: '1', loss: 3.5 }],
    })
  } finally {
    await server.close()
  }
})
