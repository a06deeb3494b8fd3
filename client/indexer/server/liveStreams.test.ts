import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LIVE_PATH } from '../api/routes.ts'
import { BLOCK, refusalOf, testApp } from './app.fixture.ts'
import { type Live, LiveStreams } from './liveStreams.ts'

const NOTHING: Live = { block: BLOCK, runs: [], accounts: [], reorg: false, observed: [] }
const ACCOUNT = `0x${'cd'.repeat(20)}` as const

/** What has arrived, event by event; comments as `:`. */
function listener(stream: ReadableStream<Uint8Array>) {
  const reader = stream.getReader()
  const decoder = new TextDecoder()
  const next = async (): Promise<unknown> => {
    const { done, value } = await reader.read()
    if (done) return 'end'
    const text = decoder.decode(value)
    assert.ok(text.endsWith('\n\n'))
    return text.startsWith('event: live\ndata: ') ? JSON.parse(text.slice('event: live\ndata: '.length)) : text.trim()
  }
  return { next, take: async () => (await reader.read()).value }
}

const ignore = () => undefined

test('a stream begins with the present block and then tells what is new', async () => {
  const live = new LiveStreams()
  live.tell({ ...NOTHING, runs: [9] })
  const one = listener(live.open(ignore))
  assert.equal(await one.next(), 'retry: 2000')
  assert.deepEqual(await one.next(), NOTHING)
  const next = { ...NOTHING, block: { ...BLOCK, number: 8 }, runs: [1, 2], accounts: [ACCOUNT], reorg: true }
  live.tell(next)
  live.beat()
  live.tellObserved(2)
  assert.deepEqual(await one.next(), next)
  assert.equal(await one.next(), ':')
  assert.deepEqual(await one.next(), { ...NOTHING, block: next.block, observed: [2] })
  live.close()
  assert.equal(await one.next(), 'end')
  assert.equal(live.count, 0)
})

test('before the first block there is nothing to tell', async () => {
  const live = new LiveStreams()
  const one = listener(live.open(ignore))
  live.tellObserved(1)
  live.tell(NOTHING)
  assert.equal(await one.next(), 'retry: 2000')
  assert.deepEqual(await one.next(), NOTHING)
})

test('a block that touched many accounts is told in several events', async () => {
  const live = new LiveStreams()
  const one = listener(live.open(ignore))
  await one.next()
  live.tell({ ...NOTHING, accounts: Array.from({ length: 1_001 }, () => ACCOUNT) })
  const text = new TextDecoder().decode(await one.take())
  const events = text
    .trim()
    .split('\n\n')
    .map((part) => JSON.parse(part.slice('event: live\ndata: '.length)) as Live)
  assert.deepEqual(
    events.map(({ accounts }) => accounts.length),
    [500, 500, 1],
  )
})

test('a reader that does not keep up is dropped, and only that one', async () => {
  const live = new LiveStreams({ maxStreams: 2, maxWaiting: 3 })
  let dropped = 0
  const slow = live.open(() => dropped++)
  const quick = listener(live.open(ignore))
  await quick.next()
  for (let i = 0; i < 4; i++) {
    live.tell(NOTHING)
    assert.deepEqual(await quick.next(), NOTHING)
  }
  assert.deepEqual([dropped, live.dropped, live.count], [1, 1, 1])
  // Its place is free again.
  live.open(ignore)
  await slow.cancel()
})

test('there are no more streams than may be, and one that ends makes room', async () => {
  const live = new LiveStreams({ maxStreams: 1, maxWaiting: 4 })
  const app = testApp({}, { live })
  const first = await app.request(LIVE_PATH)
  assert.equal(first.headers.get('content-type'), 'text/event-stream')
  assert.deepEqual(await refusalOf(await app.request(LIVE_PATH)), [429, 'indexer/too-many-streams'])
  await first.body?.cancel()
  assert.equal((await app.request(LIVE_PATH)).status, 200)
})
