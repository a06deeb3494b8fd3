import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { buildDashboard } from './dashboard.ts'

/** Builds what its arguments say, and says how often it was asked. */
const VITE = `
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
const [, , command, dashboard, flag, out] = process.argv
appendFileSync(dashboard + '/../../built', command + flag + '\\n')
mkdirSync(out, { recursive: true })
writeFileSync(out + '/index.html', 'the dashboard')
`

/** A tree with the folders that end up in a build, and a program that builds. */
async function scene(t: TestContext, vite: string | undefined = VITE) {
  const root = await mkdtemp(join(tmpdir(), 'tessera-site-'))
  t.after(() => rm(root, { recursive: true, force: true }))
  const put = async (path: string, text: string): Promise<void> => {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), text)
  }
  for (const folder of ['dashboard', 'indexer/api', 'protocol', 'chain', 'storage', 'training'])
    await put(`client/${folder}/one.ts`, folder)
  await put('package-lock.json', '{}')
  if (vite !== undefined) {
    await put('node_modules/vite/package.json', '{"name":"vite","type":"module"}')
    await put('node_modules/vite/bin/vite.js', vite)
  }
  const folder = join(root, '.tessera', 'dashboard')
  const build = (signal = new AbortController().signal) => buildDashboard({ root, folder, signal })
  const built = async () => (await readFile(join(root, 'built'), 'utf8')).trim().split('\n').length
  return { root, folder, put, build, built }
}

test('builds once for the same sources, tests left out', async (t) => {
  const { put, build, built } = await scene(t)
  const site = await build()
  assert.equal(await readFile(join(site, 'index.html'), 'utf8'), 'the dashboard')
  await put('client/chain/one.test.ts', 'a test')
  await put('client/dashboard/node_modules/x/index.js', 'not a source')
  assert.equal(await build(), site)
  assert.equal(await built(), 1)
  await put('client/chain/deep/two.ts', 'new')
  assert.notEqual(await build(), site)
  await put('package-lock.json', '{"a":1}')
  await build()
  assert.equal(await built(), 3)
})

test('two that build at the same time get one build', async (t) => {
  const { folder, build } = await scene(t)
  const [one, other] = await Promise.all([build(), build()])
  assert.equal(one, other)
  assert.equal((await readdir(folder)).length, 1)
})

test('keeps the last builds', async (t) => {
  const { folder, put, build } = await scene(t)
  const sites: string[] = []
  for (const n of [1, 2, 3, 4]) {
    await put('client/chain/one.ts', String(n))
    const site = await build()
    await utimes(site, n, n)
    sites.push(site)
  }
  assert.deepEqual((await readdir(folder)).map((name) => join(folder, name)).sort(), sites.slice(1).sort())
})

test('a build that fails says why and leaves nothing', async (t) => {
  const { folder, build } = await scene(t, `console.error('no such module\\nat line 3'); process.exit(1)`)
  await assert.rejects(build(), { code: 'dashboard/build-failed', message: /no such module$/ })
  assert.deepEqual(await readdir(folder), [])
})

test('without the program that builds, that is said', async (t) => {
  const { root, build } = await scene(t)
  await rm(join(root, 'node_modules'), { recursive: true })
  await assert.rejects(build(), { code: 'dashboard/no-vite' })
})

test('a stop ends a build', async (t) => {
  const { build } = await scene(t, 'setInterval(() => undefined, 1000)')
  const stop = new AbortController()
  const building = build(stop.signal)
  stop.abort(new Error('stopped'))
  await assert.rejects(building, /stopped/)
})
