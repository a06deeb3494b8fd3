import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { type TestContext, test } from 'node:test'
import { DEVNET_HOLDER_KEY } from './devnet/holder.ts'
import { type DeployJob, runHardhat } from './hardhatJob.ts'

async function job(t: TestContext): Promise<DeployJob> {
  const server = createServer((_request, response) => response.writeHead(418).end('no chain'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return {
    kind: 'deploy',
    rpcUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    deployerKey: DEVNET_HOLDER_KEY,
    folder: tmpdir(),
    deploymentId: 'never',
    parameters: {},
    confirmationBlocks: 1,
    pollMs: 10,
  }
}

test('what goes wrong in Hardhat is told, without the key', async (t) => {
  await assert.rejects(runHardhat(await job(t)), (error: Error & { code?: string }) => {
    assert.equal(error.code, 'deploy/hardhat-failed')
    assert.ok(!error.message.includes(DEVNET_HOLDER_KEY))
    return true
  })
})

test('an abort ends the process', async (t) => {
  const abort = new AbortController()
  const running = runHardhat(await job(t), abort.signal)
  abort.abort(new Error('stopped'))
  await assert.rejects(running, { message: 'stopped' })
  await assert.rejects(runHardhat({ kind: 'build' }, abort.signal), { message: 'stopped' })
})
