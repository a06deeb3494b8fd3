import assert from 'node:assert/strict'
import { test } from 'node:test'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { silentLogger } from '@tessera/agent/logger'
import { TesseraError } from '@tessera/protocol/errors'
import { ask } from '../api/client.ts'
import { CONFIG_PATH } from '../api/routes.ts'
import type { Queries } from './answers.ts'
import { CONFIG, refusalOf, testApp } from './app.fixture.ts'

const EMISSION = { period: 1, endsAt: 2, seconds: 3, amount: 10n ** 30n, supply: 0n, cap: 1n, runs: [] }
const HOLDER = `0x${'ab'.repeat(20)}`
const EARNINGS = { rows: [], next: null, total: 0 }

/** Answers `emission`, and says how often it was asked. */
function counted() {
  let asked = 0
  const emission: Queries['emission'] = async () => {
    asked++
    return { ...EMISSION, period: asked }
  }
  return { emission, asked: () => asked }
}

test('an answer travels from the query to the client unharmed', async () => {
  const app = testApp({ emission: async () => EMISSION })
  const fetch = async (url: URL) => await app.request(url.href)
  assert.deepEqual(await ask('http://localhost', 'emission', {}, { fetch }), EMISSION)
})

test('parameters come parsed to the query', async () => {
  const seen: unknown[] = []
  const earnings: Queries['earnings'] = async (params) => {
    seen.push(params)
    return EARNINGS
  }
  const app = testApp({ earnings })
  await app.request(`/v1/holders/${HOLDER.toUpperCase().replace('X', 'x')}/earnings?limit=7&run=3&cursor=a-_9`)
  await app.request(`/v1/holders/${HOLDER}/earnings`)
  assert.deepEqual(seen, [
    { address: HOLDER, limit: 7, run: 3, cursor: 'a-_9' },
    { address: HOLDER, limit: 50 },
  ])
})

test('parameters that are not what they must be are refused before anything is asked', async () => {
  const app = testApp({})
  const holder = `/v1/holders/${HOLDER}/earnings`
  const paths = [
    '/v1/runs/-1',
    '/v1/runs/1.5',
    '/v1/runs/01',
    '/v1/runs/0x1',
    '/v1/runs/9007199254740993',
    '/v1/runs/1%00',
    '/v1/runs/%ff',
    '/v1/runs/1/rounds/two',
    '/v1/runs/1/miners/0x12',
    `/v1/holders/${HOLDER}0`,
    '/v1/runs/1?x=1',
    '/v1/runs/1/series?from=1&from=2',
    '/v1/runs/1/contributions?status=fine',
    '/v1/runs/1/contributions?status=toString',
    `${holder}?limit=0`,
    `${holder}?limit=501`,
    `${holder}?cursor=%27--`,
    `${holder}?cursor=${'a'.repeat(257)}`,
    `${holder}?__proto__=1`,
  ]
  for (const path of paths)
    assert.deepEqual(await refusalOf(await app.request(path)), [400, 'indexer/bad-parameter'], path)
})

test('unknown paths and methods are refused', async () => {
  const app = testApp({})
  for (const path of ['/v2/runs', '/v1/runs/1/2', '/', '/index.html', '/v1/'])
    assert.deepEqual(await refusalOf(await app.request(path)), [404, 'indexer/unknown-path'], path)
  const posted = await app.request('/v1/runs', { method: 'POST', body: '{}' })
  assert.equal(posted.headers.get('allow'), 'GET, HEAD, OPTIONS')
  assert.equal(posted.headers.get('connection'), 'close')
  assert.deepEqual(await refusalOf(posted), [405, 'indexer/bad-method'])
})

test('what a query refuses with is told; what is a defect is logged and not told', async () => {
  const failures: unknown[] = []
  const logger = { ...silentLogger, failure: (error: unknown) => failures.push(error) }
  const statuses: number[] = []
  const onAnswer = (_: string, status: number) => statuses.push(status)
  const errors = [
    new TesseraError('indexer/unknown-run', 'no', { hint: 'Do this' }),
    new TesseraError('indexer/not-ready', 'wait', { retryable: true }),
    new TesseraError('chain/unreachable', 'http://secret.example', { retryable: true }),
    new TesseraError('database/secret-place', '/home/x', { retryable: true }),
    new TypeError('x is not a function'),
  ]
  const app = testApp({ run: () => Promise.reject(errors.shift()) }, { logger, onAnswer })
  const answer = async () => {
    const response = await app.request('/v1/runs/1')
    assert.equal(response.headers.get('cache-control'), 'no-store')
    return await response.json()
  }
  assert.deepEqual(await answer(), { error: { code: 'indexer/unknown-run', message: 'no', hint: 'Do this' } })
  assert.deepEqual(await answer(), { error: { code: 'indexer/not-ready', message: 'wait', hint: null } })
  const { error } = (await answer()) as { error: { code: string; message: string } }
  assert.deepEqual([error.code, error.message], ['indexer/chain-unavailable', 'the chain did not answer the indexer'])
  const message = 'the indexer could not answer'
  const hidden = { error: { code: 'indexer/failed', message, hint: 'Its log says why; other routes may work' } }
  assert.deepEqual([await answer(), await answer()], [hidden, hidden])
  assert.deepEqual(statuses, [404, 503, 503, 500, 500])
  assert.equal(failures.length, 3)
})

test('an answer that does not fit its schema is never sent', async () => {
  const failures: unknown[] = []
  const logger = { ...silentLogger, failure: (error: unknown) => failures.push(error) }
  const app = testApp({ emission: async () => ({ ...EMISSION, period: -1 }) }, { logger })
  assert.deepEqual(await refusalOf(await app.request('/v1/emission')), [500, 'indexer/failed'])
  const [failure] = failures as [TesseraError]
  assert.equal(failure.code, 'indexer/misshapen-answer')
  assert.deepEqual([failure.context.route, failure.context.path], ['emission', 'period'])
})

test('an answer is asked once a version, and not sent again to who has it', async () => {
  let version: string | undefined = 'one'
  const { emission, asked } = counted()
  const app = testApp({ emission }, { version: () => version })
  const first = await app.request('/v1/emission')
  const etag = first.headers.get('etag') ?? ''
  assert.equal(etag, 'W/"one"')
  assert.equal(first.headers.get('cache-control'), 'no-cache')
  const again = await app.request('/v1/emission', { headers: { 'if-none-match': `"x", ${etag}` } })
  assert.deepEqual([again.status, await again.text(), again.headers.get('etag')], [304, '', etag])
  assert.equal(asked(), 1)

  version = 'two'
  const next = await app.request('/v1/emission', { headers: { 'if-none-match': etag } })
  assert.deepEqual([next.status, next.headers.get('etag'), asked()], [200, 'W/"two"', 2])

  version = undefined
  const early = await app.request('/v1/emission')
  assert.deepEqual([early.headers.get('etag'), early.headers.get('cache-control')], [null, 'no-store'])
})

test('an answer during which a block came is not kept', async () => {
  let version = 0
  const app = testApp(
    { emission: async () => ({ ...EMISSION, period: ++version }) },
    { version: () => String(version) },
  )
  for (const period of [1, 2]) {
    const response = await app.request('/v1/emission')
    assert.equal(response.headers.get('etag'), null)
    assert.equal(((await response.json()) as { period: number }).period, period)
  }
})

test('a failure is not kept', async () => {
  let asked = 0
  const app = testApp({
    emission: () => (asked++ === 0 ? Promise.reject(new Error('once')) : Promise.resolve(EMISSION)),
  })
  assert.equal((await app.request('/v1/emission')).status, 500)
  assert.equal((await app.request('/v1/emission')).status, 200)
})

test('large answers are compressed as the reader accepts', async () => {
  const runs = Array.from({ length: 500 }, (_, run) => ({ run, votes: 10n ** 20n, shareBps: 1 }))
  const app = testApp({ emission: async () => ({ ...EMISSION, runs }) })
  const get = async (accepted: string) => {
    const response = await app.request('/v1/emission', { headers: { 'accept-encoding': accepted } })
    const bytes = new Uint8Array(await response.arrayBuffer())
    assert.equal(response.headers.get('content-length'), String(bytes.length))
    assert.equal(response.headers.get('vary'), 'accept-encoding')
    return { encoding: response.headers.get('content-encoding'), bytes }
  }
  const plain = await get('br;q=0, gzip;q=0.0, x')
  assert.equal(plain.encoding, null)
  const brotli = await get('gzip, deflate, br, zstd')
  assert.equal(brotli.encoding, 'br')
  assert.deepEqual(new Uint8Array(brotliDecompressSync(brotli.bytes)), plain.bytes)
  const zipped = await get('gzip')
  assert.equal(zipped.encoding, 'gzip')
  assert.deepEqual(new Uint8Array(gunzipSync(zipped.bytes)), plain.bytes)
  assert.ok(brotli.bytes.length * 5 < plain.bytes.length)
})

test('pages of any origin may read, and ask before', async () => {
  const app = testApp({ emission: async () => EMISSION })
  assert.equal((await app.request('/v1/emission')).headers.get('access-control-allow-origin'), '*')
  assert.equal((await app.request('/v1/x')).headers.get('access-control-allow-origin'), '*')
  const { status, headers } = await app.request('/v1/emission', { method: 'OPTIONS' })
  assert.equal(status, 204)
  assert.equal(headers.get('access-control-allow-methods'), 'GET, HEAD, OPTIONS')
  assert.equal(headers.get('access-control-allow-private-network'), 'true')
})

test('the configuration is there without a site, and metrics are', async () => {
  const app = testApp({})
  assert.deepEqual(await (await app.request(CONFIG_PATH)).json(), CONFIG)
  assert.equal(await (await app.request('/metrics')).text(), 'up 1\n')
})

test('HEAD answers without a body', async () => {
  const app = testApp({ emission: async () => EMISSION })
  const head = await app.request('/v1/emission', { method: 'HEAD' })
  assert.deepEqual([head.status, await head.text()], [200, ''])
  assert.equal((await app.request('/v1/live', { method: 'HEAD' })).status, 200)
})
