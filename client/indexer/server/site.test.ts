import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { brotliDecompressSync } from 'node:zlib'
import { refusalOf, testApp } from './app.fixture.ts'
import { openSite } from './site.ts'

const FILES = {
  'index.html': '<!doctype html>',
  'config.json': 'of the build',
  'assets/index-DiwrgTda.js': `const a = "${'a'.repeat(5_000)}"`,
  'assets/ort-wasm-C4f0kZ1y.wasm': '\0asm',
  'assets/plain.js': 'b',
  'fonts/letters.woff2': 'w',
  'strange.xyz': 'x',
  '.secret': 's',
}

async function site(t: TestContext, files: Readonly<Record<string, string>> = FILES) {
  const above = await mkdtemp(join(tmpdir(), 'site-'))
  t.after(() => rm(above, { recursive: true }))
  const folder = join(above, 'dist')
  await mkdir(folder)
  await writeFile(join(above, 'outside.txt'), 'outside')
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), text)
  }
  return folder
}

test('serves the files of a build with their types', async (t) => {
  const app = testApp({}, { site: await openSite(await site(t)) })
  const get = async (path: string) => {
    const response = await app.request(path)
    return [
      response.headers.get('content-type'),
      response.headers.get('cache-control'),
      (await response.text()).slice(0, 15),
    ]
  }
  const forEver = 'public, max-age=31536000, immutable'
  assert.deepEqual(await get('/'), ['text/html; charset=utf-8', 'no-cache', '<!doctype html>'])
  assert.deepEqual(await get('/index.html'), ['text/html; charset=utf-8', 'no-cache', '<!doctype html>'])
  assert.deepEqual(await get('/assets/index-DiwrgTda.js'), [
    'text/javascript; charset=utf-8',
    forEver,
    'const a = "aaaa',
  ])
  assert.deepEqual(await get('/assets/ort-wasm-C4f0kZ1y.wasm'), ['application/wasm', forEver, '\0asm'])
  assert.deepEqual(await get('/assets/plain.js'), ['text/javascript; charset=utf-8', 'no-cache', 'b'])
  assert.deepEqual(await get('/fonts/letters.woff2'), ['font/woff2', 'no-cache', 'w'])
  assert.deepEqual(await get('/strange.xyz'), ['application/octet-stream', 'no-cache', 'x'])
  // The program's own, not the one that happens to lie in the build.
  assert.match(String(await get('/config.json')), /^application\/json,no-cache,\{/)
})

test('nothing outside the build is served, however it is asked for', async (t) => {
  const folder = await site(t)
  await symlink(join(folder, '..', 'outside.txt'), join(folder, 'link.txt'))
  await symlink(join(folder, '..'), join(folder, 'up'))
  const app = testApp({}, { site: await openSite(folder) })
  const paths = [
    '/../outside.txt',
    '/%2e%2e/outside.txt',
    '/..%2foutside.txt',
    '/assets/../../outside.txt',
    '//outside.txt',
  ]
  const others = [
    '/link.txt',
    '/up/outside.txt',
    '/.secret',
    '/assets',
    '/assets/',
    '/INDEX.HTML',
    '/index.html%00.js',
    '/a\\b',
  ]
  for (const path of [...paths, ...others])
    assert.deepEqual(await refusalOf(await app.request(path)), [404, 'indexer/unknown-path'], path)
})

test('pages run nothing but the build, and connect anywhere', async (t) => {
  const app = testApp({}, { site: await openSite(await site(t)) })
  const { headers } = await app.request('/')
  const policy = new Map(
    (headers.get('content-security-policy') ?? '').split('; ').map((part) => {
      const [name = '', ...values] = part.split(' ')
      return [name, values.join(' ')]
    }),
  )
  assert.equal(policy.get('default-src'), "'none'")
  assert.equal(policy.get('script-src'), "'self' 'wasm-unsafe-eval'")
  assert.equal(policy.get('connect-src'), "'self' http: https: ws: wss:")
  assert.equal(policy.get('frame-ancestors'), "'none'")
  assert.equal(headers.get('x-content-type-options'), 'nosniff')
  assert.equal(headers.get('cross-origin-embedder-policy'), 'credentialless')
  assert.equal(headers.get('access-control-allow-origin'), null)
})

test('files are compressed, and not sent again to who has them', async (t) => {
  const app = testApp({}, { site: await openSite(await site(t)) })
  const headers = { 'accept-encoding': 'gzip, br' }
  const script = await app.request('/assets/index-DiwrgTda.js', { headers })
  assert.equal(script.headers.get('content-encoding'), 'br')
  const bytes = new Uint8Array(await script.arrayBuffer())
  assert.equal(brotliDecompressSync(bytes).toString(), FILES['assets/index-DiwrgTda.js'])
  const font = await app.request('/fonts/letters.woff2', { headers })
  assert.equal(font.headers.get('content-encoding'), null)
  const etag = script.headers.get('etag') ?? ''
  const again = await app.request('/assets/index-DiwrgTda.js', { headers: { ...headers, 'if-none-match': etag } })
  assert.equal(again.status, 304)
})

test('what is no build is refused at the start', async (t) => {
  const folder = await site(t, { 'main.js': '' })
  await assert.rejects(openSite(folder), { code: 'indexer/no-site' })
  await assert.rejects(openSite(join(folder, 'nowhere')), { code: 'indexer/no-site' })
  await assert.rejects(openSite(join(folder, 'main.js')), { code: 'indexer/no-site' })
})
