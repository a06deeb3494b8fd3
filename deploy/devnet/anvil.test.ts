import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type TestContext, test } from 'node:test'
import { openClient } from '@tessera/chain/clients'
import { getChainId, getHead, request } from '@tessera/chain/rpc'
import { DEVNET_CHAIN_ID, startAnvil } from './anvil.ts'
import { anvilBinary } from './anvilBinary.ts'
import { freePort } from './freePort.ts'

async function stateFile(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tessera-anvil-'))
  t.after(() => rm(folder, { recursive: true }))
  return join(folder, 'chain', 'state.json')
}

test('a chain that was stopped goes on where it was, with the same block 0', async (t) => {
  const options = { port: 0, stateFile: await stateFile(t), blockSeconds: undefined }
  const first = await startAnvil(options)
  const client = openClient(first)
  assert.equal(await getChainId({ client }), BigInt(DEVNET_CHAIN_ID))
  for (let i = 0; i < 3; i++) await request(client, 'evm_mine', [])
  const head = await getHead({ client })
  assert.equal(head.number, 3n)
  await first.stop()
  await first.exited

  const second = await startAnvil({ ...options, port: first.port })
  assert.deepEqual(await getHead({ client }), head)
  await second.kill()
  await assert.rejects(getHead({ client }), { code: 'chain/unreachable' })
})

test('a port that is taken is said so', async (t) => {
  const options = { port: 0, stateFile: await stateFile(t), blockSeconds: undefined }
  const anvil = await startAnvil(options)
  await assert.rejects(startAnvil({ ...options, port: anvil.port }), {
    code: 'devnet/port-in-use',
    context: { host: '127.0.0.1', port: anvil.port },
  })
  await anvil.stop()
  assert.equal(await freePort(anvil.port, '127.0.0.1'), anvil.port)
})

test('a damaged state file is told in the words of the program', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'tessera-anvil-'))
  t.after(() => rm(folder, { recursive: true }))
  const file = join(folder, 'state.json')
  await writeFile(file, '{"block":')
  await assert.rejects(startAnvil({ port: 0, stateFile: file, blockSeconds: 1 }), {
    code: 'devnet/anvil-failed',
    message: /ended at once: .+/,
  })
})

test('an abort ends the start', async (t) => {
  const abort = new AbortController()
  const starting = startAnvil({ port: 0, stateFile: await stateFile(t), blockSeconds: 1, signal: abort.signal })
  abort.abort(new Error('stopped'))
  await assert.rejects(starting, { message: 'stopped' })
})

test('a platform without a binary is said so', () => {
  assert.throws(() => anvilBinary('sunos', 'x64'), { code: 'devnet/anvil-missing' })
})

test('the chain ends with the process that started it, even when that one is killed', async (t) => {
  const file = await stateFile(t)
  const script = `
    import { startAnvil } from ${JSON.stringify(new URL('anvil.ts', import.meta.url).href)}
    const { port } = await startAnvil({ port: 0, stateFile: ${JSON.stringify(file)}, blockSeconds: undefined })
    console.log(port)
    setInterval(() => undefined, 1000)`
  const starter = spawn(process.execPath, ['--input-type=module-typescript', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [port] = (await once(createInterface({ input: starter.stdout }), 'line')) as [string]
  // The system closes the connection when the chain's process ends.
  const socket = connect(Number(port), '127.0.0.1')
  await once(socket, 'connect')
  const closed = once(socket, 'close')
  starter.kill('SIGKILL')
  socket.resume()
  await closed
})
