import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AskOptions } from './client.ts'
import { ask, MAX_ANSWER_BYTES } from './client.ts'

const BASE = 'https://indexer.example/some/where/'
const EARNINGS = { rows: [], next: null, total: 0 }
const HOLDER = `0x${'ab'.repeat(20)}`

/** Answers every request with the same, and keeps what was asked. */
function server(body: string | ReadableStream | null, init: ResponseInit = {}) {
  const asked: string[] = []
  const fetch: NonNullable<AskOptions['fetch']> = async (url) => {
    asked.push(url.href)
    return new Response(body, { headers: { 'content-type': 'application/json' }, ...init })
  }
  return { asked, fetch }
}

const refusal = (code: string, hint: string | null = 'Do this') =>
  JSON.stringify({ error: { code, message: 'no', hint } })

test('puts parameters where the route has them, and leaves out what is not given', async () => {
  const { asked, fetch } = server(JSON.stringify(EARNINGS))
  const params = { address: HOLDER, limit: 5, cursor: 'a b&c', run: undefined }
  assert.deepEqual(await ask(BASE, 'earnings', params, { fetch }), EARNINGS)
  await ask('https://indexer.example', 'earnings', { address: '../..' }, { fetch })
  assert.deepEqual(asked, [
    `https://indexer.example/some/where/v1/holders/${HOLDER}/earnings?cursor=a+b%26c&limit=5`,
    'https://indexer.example/v1/holders/..%2F../earnings',
  ])
})

test('numbers of any size arrive as such', async () => {
  const emission = {
    period: 1,
    endsAt: 2,
    seconds: 3,
    amount: '123456789012345678901234567890',
    supply: '0',
    cap: '-1',
  }
  const { fetch } = server(JSON.stringify({ ...emission, runs: [] }))
  const { amount, cap } = await ask(BASE, 'emission', {}, { fetch })
  assert.deepEqual([amount, cap], [123456789012345678901234567890n, -1n])
})

test('an answer of another shape is refused, whatever its status', async () => {
  const bad = { code: 'indexer/bad-answer', retryable: false }
  const broken = [server('{'), server('[]'), server(JSON.stringify({ ...EARNINGS, total: -1 })), server(null)]
  for (const { fetch } of broken) await assert.rejects(ask(BASE, 'earnings', { address: HOLDER }, { fetch }), bad)
  const huge = JSON.stringify({ rows: [], runs: [], amount: `1${'0'.repeat(78)}` })
  await assert.rejects(ask(BASE, 'emission', {}, { fetch: server(huge).fetch }), bad)
  const html = server('<html>', { status: 404, headers: { 'content-type': 'text/html' } })
  await assert.rejects(ask(BASE, 'runs', {}, { fetch: html.fetch }), {
    ...bad,
    context: { url: `${BASE}v1/runs`, reason: 'status 404' },
  })
})

test('what it refuses with comes through, as far as it is an indexer’s', async () => {
  const not = server(refusal('indexer/unknown-run'), { status: 404 })
  await assert.rejects(ask(BASE, 'run', { run: 7 }, { fetch: not.fetch }), {
    code: 'indexer/unknown-run',
    message: 'no',
    hint: 'Do this',
    retryable: false,
  })
  const busy = server(refusal('indexer/too-many-streams', null), { status: 429 })
  await assert.rejects(ask(BASE, 'runs', {}, { fetch: busy.fetch }), { hint: undefined, retryable: true })
  const posing = server(refusal('keystore/wrong-password'), { status: 400 })
  await assert.rejects(ask(BASE, 'runs', {}, { fetch: posing.fetch }), { code: 'indexer/bad-answer' })
})

test('a server that is down, or whose proxy says so, may be asked again', async () => {
  const down = { code: 'indexer/unreachable', retryable: true }
  const fetch = () => Promise.reject(new TypeError('fetch failed'))
  await assert.rejects(ask(BASE, 'runs', {}, { fetch }), down)
  const proxy = server('busy', { status: 502, headers: {} })
  await assert.rejects(ask(BASE, 'runs', {}, { fetch: proxy.fetch }), down)
})

test('an endless answer is cut off', async () => {
  let sent = 0
  let cancelled = false
  const piece = new Uint8Array(1024 * 1024).fill(0x20)
  const endless = new ReadableStream<Uint8Array>({
    pull(controller) {
      sent += piece.length
      controller.enqueue(piece)
    },
    cancel() {
      cancelled = true
    },
  })
  const { fetch } = server(endless)
  await assert.rejects(ask(BASE, 'runs', {}, { fetch }), { code: 'indexer/answer-too-large' })
  assert.ok(cancelled && sent <= MAX_ANSWER_BYTES + 3 * piece.length)
})

test('whoever stops asking gets the own reason back', async () => {
  const stop = new AbortController()
  const reason = new Error('the page was left')
  const fetch: NonNullable<AskOptions['fetch']> = async (_, { signal }) => {
    stop.abort(reason)
    signal?.throwIfAborted()
    return new Response()
  }
  await assert.rejects(ask(BASE, 'runs', {}, { fetch, signal: stop.signal }), reason)
})
