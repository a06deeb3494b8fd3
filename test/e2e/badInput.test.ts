// What a person meets who gives a program something wrong: one line that says what to do, an exit code that is not zero, and
// nothing left running.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { createKeystore } from '@tessera/agent/keystore'
import { ROOT } from './harness/world.ts'

const LIMIT_MS = 60_000
let folder: string

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tessera-bad-'))
})

after(() => rm(folder, { recursive: true, force: true }))

interface Outcome {
  readonly code: number | null
  readonly errors: string
  /** Processes of its group that outlived it. */
  readonly leftOver: boolean
}

/** Runs a program to its end, in a process group of its own. */
async function run(
  main: string,
  argv: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Outcome> {
  const child = spawn(process.execPath, [join(ROOT, main), ...argv], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
  })
  let errors = ''
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString('utf8')
  })
  const timer = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS)
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
  clearTimeout(timer)
  return { code, errors: errors.trim(), leftOver: groupLives(child.pid ?? 0) }
}

function groupLives(pid: number): boolean {
  try {
    process.kill(-pid, 0)
    return true
  } catch {
    // No such process group: nothing is left.
    return false
  }
}

function assertRefused(outcome: Outcome, code: string): void {
  assert.equal(outcome.code, 1, outcome.errors)
  assert.match(outcome.errors, new RegExp(`^${code}: `), outcome.errors)
  assert.equal(outcome.errors.split('\n').length, 1, outcome.errors)
  assert.ok(outcome.errors.length > code.length + 30, 'it does not say what to do')
  assert.equal(outcome.leftOver, false, 'something was left running')
}

const start = (...argv: string[]): Promise<Outcome> =>
  run('deploy/devnet/main.ts', [
    '--data',
    join(folder, `net-${argv.join('').replaceAll(/\W/g, '')}`),
    '--port',
    '0',
    ...argv,
  ])

test('a corpus that is missing', async () => {
  assertRefused(await start('--corpus', join(folder, 'nowhere')), 'corpus/missing')
})

test('a corpus that is empty', async () => {
  const path = join(folder, 'empty.txt')
  await writeFile(path, '')
  assertRefused(await start('--corpus', path), 'corpus/empty')
})

test('a corpus folder without text', async () => {
  const path = join(folder, 'notext')
  await mkdir(path)
  assertRefused(await start('--corpus', path), 'corpus/empty')
})

test('a corpus that is binary', async () => {
  const path = join(folder, 'binary.txt')
  await writeFile(
    path,
    Uint8Array.from({ length: 100_000 }, (_, i) => i % 256),
  )
  assertRefused(await start('--corpus', path), 'corpus/binary')
})

test('a corpus that is too small to train on', async () => {
  const path = join(folder, 'small.txt')
  await writeFile(path, 'a few words\n')
  assertRefused(await start('--corpus', path), 'corpus/too-small')
})

test('a port in use', async () => {
  const server = createTcpServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  try {
    assertRefused(await start('--port', String(port)), 'devnet/port-in-use')
  } finally {
    server.close()
  }
})

test('an option that does not exist, and a value that is none', async () => {
  assertRefused(await start('--ronds', '3'), 'options/unknown-flag')
  assertRefused(await start('--rounds', 'three'), 'options/invalid-value')
})

interface MinerFiles {
  readonly keystore: string
  readonly deployment: string
}

async function minerFiles(): Promise<MinerFiles> {
  const keystore = join(folder, `key-${Math.trunc(performance.now() * 1000)}.json`)
  await createKeystore({ path: keystore, password: 'right', cost: 'light' })
  const deployment = join(folder, 'deployment.json')
  const address = (digit: string): string => `0x${digit.repeat(40)}`
  await writeFile(
    deployment,
    JSON.stringify({
      chainId: 31377,
      genesisHash: `0x${'11'.repeat(32)}`,
      fromBlock: '1',
      token: address('1'),
      stakeVault: address('2'),
      rewardEscrow: address('6'),
      emission: address('7'),
      beacon: address('4'),
      runCoordinator: address('5'),
    }),
  )
  return { keystore, deployment }
}

for (const program of ['miner', 'validator'] as const) {
  const launch = async (rpc: string, password: string): Promise<Outcome> => {
    const { keystore, deployment } = await minerFiles()
    const files = ['--keystore', keystore, '--deployment', deployment, '--data', join(folder, `${program}-data`)]
    return await run(`${program}/src/main.ts`, ['--rpc', rpc, ...files], { TESSERA_KEYSTORE_PASSWORD: password })
  }

  test(`${program}: a wrong password of the key`, async () => {
    assertRefused(await launch('http://127.0.0.1:9', 'wrong'), 'keystore/wrong-password')
  })

  test(`${program}: an RPC that is down`, async () => {
    assertRefused(await launch('http://127.0.0.1:9', 'right'), 'chain/unreachable')
  })

  for (const [what, body] of [
    ['HTML', '<html><body>Welcome</body></html>'],
    ['JSON that is no answer', '{"hello":"world"}'],
    ['a result of the wrong form', '{"jsonrpc":"2.0","id":1,"result":{"not":"a number"}}'],
  ] as const) {
    test(`${program}: an RPC that answers ${what}`, async () => {
      const server = await nonsense(body)
      try {
        const { port } = server.address() as AddressInfo
        assertRefused(await launch(`http://127.0.0.1:${port}`, 'right'), 'chain/bad-response')
      } finally {
        server.closeAllConnections()
        server.close()
      }
    })
  }
}

async function nonsense(body: string): Promise<Server> {
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(body)
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  return server
}
