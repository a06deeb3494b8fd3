import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { type ChildOptions, startChild } from './childProcess.ts'

let folder: string

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tessera-child-'))
})

after(() => rm(folder, { recursive: true, force: true }))

async function optionsFor(
  program: string,
): Promise<ChildOptions & { readonly records: Readonly<Record<string, unknown>>[] }> {
  const main = join(folder, 'program.mjs')
  await writeFile(main, program)
  const records: Readonly<Record<string, unknown>>[] = []
  return {
    name: 'node-1',
    main,
    argv: [],
    env: {},
    logFile: join(folder, 'log'),
    onRecord: (record) => records.push(record),
    records,
  }
}

test('log lines reach the listener with what they are about, and the file as they are', async () => {
  const line = '{"level":"info","msg":"state","context":{"event":"state","round":"3"}}'
  const options = await optionsFor(
    `console.log(${JSON.stringify(line)}); console.log('plain'); console.log('{not json')`,
  )
  const exit = await startChild(options).exited
  assert.equal(exit.code, 0)
  assert.deepEqual(options.records, [{ event: 'state', round: '3', msg: 'state', level: 'info' }])
  assert.equal(await readFile(options.logFile, 'utf8'), `${line}\nplain\n{not json\n`)
})

test('the last words of a program that fails are kept', async () => {
  const exit = await startChild(await optionsFor(`console.error('x/y: why. What to do'); process.exitCode = 1`)).exited
  assert.deepEqual({ code: exit.code, lastWords: exit.lastWords }, { code: 1, lastWords: 'x/y: why. What to do' })
})

test('stop ends a program that listens to SIGTERM, and a second stop is the same end', async () => {
  const options = await optionsFor(
    `process.on('SIGTERM', () => process.exit(7)); setInterval(() => {}, 1000); console.log('{"msg":"up"}')`,
  )
  const up = Promise.withResolvers<void>()
  const child = startChild({ ...options, onRecord: () => up.resolve() })
  await up.promise
  assert.equal((await child.stop()).code, 7)
  assert.equal((await child.stop()).code, 7)
  assert.equal(child.running, false)
})

test('a program that cannot be started is an error with a code', async () => {
  const child = startChild({ ...(await optionsFor('')), execPath: join(folder, 'no-such-node') })
  await assert.rejects(child.exited, { code: 'devnet/spawn-failed' })
  assert.equal(child.running, false)
})
