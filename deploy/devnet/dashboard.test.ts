import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { getPriority, tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { Lifecycle } from '@tessera/agent/lifecycle'
import { TesseraError } from '@tessera/protocol/errors'
import { startDashboard } from './dashboard.ts'

/** A tree whose indexer is this program. */
async function scene(t: TestContext, program: string) {
  const root = await mkdtemp(join(tmpdir(), 'tessera-dashboard-'))
  await mkdir(join(root, 'client/indexer'), { recursive: true })
  await mkdir(join(root, 'logs'))
  await writeFile(join(root, 'client/indexer/main.ts'), program)
  const lifecycle = new Lifecycle()
  t.after(async () => {
    await lifecycle.close()
    await rm(root, { recursive: true, force: true })
  })
  let onLine: () => void = () => undefined
  const lines: string[] = []
  const start = (site: Promise<string> = Promise.resolve('/site')): Promise<void> =>
    startDashboard({
      root,
      data: root,
      place: { deploymentFile: '/deployment.json', mirror: 'http://mirror', rpcUrl: 'http://chain' },
      site,
      port: 0,
      choosing: Promise.resolve({ device: 'cpu' }),
      logLevel: 'info',
      lifecycle,
      print: (line) => {
        lines.push(line)
        onLine()
      },
    })
  const line = (): Promise<void> =>
    new Promise((resolve) => {
      onLine = () => lines.length > 0 && resolve()
      onLine()
    })
  return { root, lifecycle, lines, line, start }
}

test('tells where the dashboard is as soon as it is there, and stops it with the network', async (t) => {
  const { root, lifecycle, lines, line, start } = await scene(
    t,
    `import { writeFileSync } from 'node:fs'
     import { getPriority } from 'node:os'
     writeFileSync(${JSON.stringify('PLACE')}, JSON.stringify({ argv: process.argv.slice(2), nice: getPriority() }))
     console.log(JSON.stringify({ level: 'info', msg: 'open', context: { event: 'open', url: 'http://127.0.0.1:1' } }))
     setInterval(() => undefined, 1000)`.replace('"PLACE"', `import.meta.dirname + '/seen.json'`),
  )
  await start()
  await line()
  assert.deepEqual(lines, ['dashboard  http://127.0.0.1:1'])
  const { argv, nice } = JSON.parse(await readFile(join(root, 'client/indexer/seen.json'), 'utf8'))
  assert.deepEqual(argv.slice(0, 10), [
    ...['--rpc', 'http://chain', '--deployment', '/deployment.json', '--data', join(root, 'indexer')],
    ...['--site', '/site', '--listen-host', '127.0.0.1'],
  ])
  assert.ok(nice > getPriority())
  await lifecycle.close()
  assert.equal(lines.length, 1)
})

test('an indexer that ends is one line, and nothing else ends', async (t) => {
  const { lifecycle, lines, line, start } = await scene(
    t,
    `console.error('indexer/port-in-use: taken'); process.exit(1)`,
  )
  await start()
  await line()
  assert.deepEqual(lines, ['dashboard  ended (1): indexer/port-in-use: taken'])
  assert.equal(lifecycle.signal.aborted, false)
})

test('a build that failed is one line', async (t) => {
  const { lines, start } = await scene(t, '')
  await start(Promise.reject(new TesseraError('dashboard/build-failed', 'no', { hint: 'Look' })))
  assert.deepEqual(lines, ['dashboard  dashboard/build-failed: no. Look'])
})
