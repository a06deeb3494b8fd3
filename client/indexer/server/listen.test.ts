import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { type TestContext, test } from 'node:test'
import { ask } from '../api/client.ts'
import { LIVE_PATH } from '../api/routes.ts'
import { BLOCK, testApp } from './app.fixture.ts'
import type { App } from './app.ts'
import { type ListenLimits, listen } from './listen.ts'
import { LiveStreams } from './liveStreams.ts'

const HOST = '127.0.0.1'
const EMISSION = { period: 1, endsAt: 2, seconds: 3, amount: 1n, supply: 0n, cap: 1n, runs: [] }
const EVENT = { block: BLOCK, runs: [], accounts: [], reorg: false, observed: [] }

async function serve(t: TestContext, app: App, limits: Partial<ListenLimits> = {}) {
  const server = await listen(app, { host: HOST, port: 0, limits })
  t.after(() => server.close())
  return { ...server, port: Number(new URL(server.url).port) }
}

/** Sends words over a connection of its own and gathers what comes back until it ends. */
async function talk(port: number, words: string): Promise<string> {
  const socket = connect(port, HOST)
  socket.on('error', () => undefined)
  let text = ''
  socket.on('data', (piece) => {
    text += piece.toString()
  })
  const closed = new Promise((resolve) => socket.once('close', resolve))
  socket.write(words)
  await closed
  return text
}

test('answers over the network as within the process', async (t) => {
  const { url } = await serve(t, testApp({ emission: async () => EMISSION }))
  assert.deepEqual(await ask(url, 'emission', {}), EMISSION)
})

test('a reader that stops reading is cut off, and the others go on', async (t) => {
  const live = new LiveStreams({ maxStreams: 2, maxWaiting: 4 })
  const { port, url } = await serve(t, testApp({}, { live }))
  live.tell(EVENT)
  const slow = connect(port, HOST)
  slow.on('error', () => undefined)
  slow.pause()
  slow.write(`GET ${LIVE_PATH} HTTP/1.1\r\nhost: x\r\n\r\n`)
  const quick = await fetch(`${url}${LIVE_PATH}`)
  const reader = quick.body?.getReader()
  const closed = once(slow, 'close')
  const accounts = Array.from({ length: 5_000 }, () => `0x${'ab'.repeat(20)}` as const)
  // The buffers of the sockets take some MB before anything has to wait.
  while (live.dropped === 0) {
    live.tell({ ...EVENT, accounts })
    await reader?.read()
  }
  slow.resume()
  await closed
  assert.ok(live.count <= 1)
  await reader?.cancel()
})

test('a stream whose reader leaves gives its place back', async (t) => {
  const live = new LiveStreams({ maxStreams: 1, maxWaiting: 4 })
  const { url } = await serve(t, testApp({}, { live }))
  const stop = new AbortController()
  const response = await fetch(`${url}${LIVE_PATH}`, { signal: stop.signal })
  const reader = response.body?.getReader()
  await reader?.read()
  assert.equal(live.count, 1)
  stop.abort()
  while (live.count > 0) await new Promise((resolve) => setImmediate(resolve))
})

test('headers without end and connections without number are cut off', async (t) => {
  const { port } = await serve(t, testApp({}), { maxConnectionsPerAddress: 2 })
  assert.match(await talk(port, `GET / HTTP/1.1\r\nhost: x\r\na: ${'b'.repeat(9_000)}\r\n\r\n`), /^HTTP\/1.1 431/)
  const open = [connect(port, HOST), connect(port, HOST)]
  t.after(() => open.map((socket) => socket.destroy()))
  await Promise.all(open.map((socket) => once(socket, 'connect')))
  assert.equal(await talk(port, 'GET /config.json HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n'), '')
})

test('what is no request does not harm', async (t) => {
  const { port, url } = await serve(t, testApp({ emission: async () => EMISSION }))
  assert.match(await talk(port, 'hello\r\n\r\n'), /^HTTP\/1.1 400/)
  assert.match(await talk(port, 'GET http://[ HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n'), /^HTTP\/1.1 400/)
  assert.match(
    await talk(port, 'GET /../../etc/passwd HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n'),
    /^HTTP\/1.1 404/,
  )
  const body = 'POST /v1/runs HTTP/1.1\r\nhost: x\r\ncontent-length: 999999999\r\n\r\nabc'
  assert.match(await talk(port, body), /^HTTP\/1.1 405/)
  assert.deepEqual(await ask(url, 'emission', {}), EMISSION)
})

test('a port that is taken and an address that is another’s are refused', async (t) => {
  const { port } = await serve(t, testApp({}))
  await assert.rejects(listen(testApp({}), { host: HOST, port }), { code: 'indexer/port-in-use' })
  await assert.rejects(listen(testApp({}), { host: '203.0.113.1', port: 0 }), { code: 'indexer/cannot-listen' })
})
