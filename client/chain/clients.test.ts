import assert from 'node:assert/strict'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import type { TesseraError } from '@tessera/protocol/errors'
import { custom, type Hex } from 'viem'
import { getRunCount } from './actions/getRunCount.ts'
import { getSlot } from './actions/getSlot.ts'
import { checkGenesis, openChain, openClient } from './clients.ts'
import { FakeChain, rpcError } from './fakeChain.fixture.ts'
import { getChainId, getHead } from './rpc.ts'

async function serve(t: TestContext, listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const body =
  (text: string, type = 'application/json', status = 200): RequestListener =>
  (request, response) => {
    request.resume().on('end', () => response.writeHead(status, { 'content-type': type }).end(text))
  }

const transportOf = (chain: FakeChain) =>
  custom({ request: (args: { method: string; params?: unknown }) => chain.client.request(args as never) })

const open = (chain: FakeChain) => openChain({ transport: transportOf(chain), deployment: chain.deployment })

test('opens a chain that is the right one', async () => {
  const chain = new FakeChain()
  const { client, deployment } = await open(chain)
  assert.equal(deployment, chain.deployment)
  assert.equal((await getHead({ client })).hash, chain.head.hash)
})

test('another chain id, or another block 0, is another chain', async () => {
  const chain = new FakeChain()
  chain.chainId = 1
  await assert.rejects(open(chain), { code: 'chain/wrong-chain', retryable: false })
  const anew = new FakeChain()
  const deployment = { ...anew.deployment, genesisHash: `0x${'00'.repeat(32)}` as const }
  await assert.rejects(openChain({ transport: transportOf(anew), deployment }), { code: 'chain/wrong-chain' })
})

test('a chain without block 0 is refused', async () => {
  const chain = new FakeChain()
  chain.intercept = (method) => (method === 'eth_getBlockByNumber' ? null : undefined)
  await assert.rejects(checkGenesis(chain), { code: 'chain/bad-response' })
  await assert.rejects(getHead(chain), { code: 'chain/bad-response' })
})

test('an address without code is said by its contract', async () => {
  const chain = new FakeChain()
  chain.intercept = (method, [address]) =>
    method === 'eth_getCode' && address === chain.deployment.rewardEscrow ? '0x' : undefined
  await assert.rejects(open(chain), (error: TesseraError) => {
    assert.deepEqual([error.code, error.context.contract], ['chain/no-contract', 'rewardEscrow'])
    return true
  })
})

test('a read from an address without code is no number', async () => {
  const chain = new FakeChain()
  await assert.rejects(getRunCount(chain), { code: 'chain/no-contract' })
})

test('the result of a read that is too short is refused', async () => {
  const chain = new FakeChain()
  chain.onCall = () => '0x01'
  await assert.rejects(getRunCount(chain), { code: 'chain/bad-response' })
})

test('a revert of a read is a revert, unless it is the answer', async () => {
  const chain = new FakeChain()
  const slot = () => getSlot(chain, { run: 1n, role: 'miner', operator: chain.deployment.token })
  chain.onCall = () => {
    throw rpcError(-32000, 'execution reverted')
  }
  await assert.rejects(slot(), { code: 'chain/revert' })
})

for (const url of ['', 'localhost:8545', 'ws://127.0.0.1:1', 'file:///etc/passwd']) {
  test(`no URL of an RPC server: ${JSON.stringify(url)}`, () => {
    assert.throws(() => openClient({ rpcUrl: url }), { code: 'chain/bad-url' })
  })
}

test('an RPC server that is down is unreachable, and the same call may succeed later', async (t) => {
  const rpcUrl = await serve(t, (request) => request.socket.destroy())
  await assert.rejects(getChainId({ client: openClient({ rpcUrl }) }), { code: 'chain/unreachable', retryable: true })
})

test('an RPC server that never answers is unreachable after the timeout', async (t) => {
  const rpcUrl = await serve(t, () => undefined)
  await assert.rejects(getChainId({ client: openClient({ rpcUrl, timeoutMs: 20 }) }), {
    code: 'chain/unreachable',
    retryable: true,
  })
})

test('an abort ends a request with its reason', async (t) => {
  const abort = new AbortController()
  const rpcUrl = await serve(t, () => abort.abort(new Error('stopped')))
  await assert.rejects(getChainId({ client: openClient({ rpcUrl }) }, abort.signal), { message: 'stopped' })
})

for (const [status, retryable] of [
  [401, false],
  [404, false],
  [429, true],
  [503, true],
] as const) {
  test(`HTTP status ${status} is unreachable, ${retryable ? '' : 'not '}retryable`, async (t) => {
    const rpcUrl = await serve(t, body('no', 'text/plain', status))
    await assert.rejects(getChainId({ client: openClient({ rpcUrl }) }), {
      code: 'chain/unreachable',
      retryable,
      context: { method: 'eth_chainId', status },
    })
  })
}

const nonsense: Record<string, RequestListener> = {
  'a page of HTML': body('<!doctype html><title>It works</title>', 'text/html'),
  'HTML that calls itself JSON': body('<html>'),
  nothing: body(''),
  null: body('null'),
  'a number': body('7'),
  'no result': body('{"jsonrpc":"2.0","id":1}'),
  'a result of another kind': body('{"jsonrpc":"2.0","id":1,"result":{"a":1}}'),
  'a quantity that is none': body('{"jsonrpc":"2.0","id":1,"result":"0x"}'),
  'an error without a code': body('{"jsonrpc":"2.0","id":1,"error":"no"}'),
  'far too much': (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(Buffer.alloc(33 * 1024 * 1024, 0x20))
  },
}
for (const [name, listener] of Object.entries(nonsense)) {
  test(`an answer that is none: ${name}`, async (t) => {
    const rpcUrl = await serve(t, listener)
    await assert.rejects(getChainId({ client: openClient({ rpcUrl }) }), {
      code: 'chain/bad-response',
      retryable: true,
    })
  })
}

test('a refusal of the server is told in its words, cut short', async (t) => {
  const rpcUrl = await serve(
    t,
    body(JSON.stringify({ jsonrpc: '2.0', id: 1, error: { code: -32601, message: 'x'.repeat(5000) } })),
  )
  await assert.rejects(getChainId({ client: openClient({ rpcUrl }) }), (error: TesseraError) => {
    assert.deepEqual([error.code, error.retryable, error.context.rpcCode], ['chain/rpc-error', false, -32601])
    assert.ok(error.message.length < 500)
    return true
  })
})

test('a password in the URL is in no error', async (t) => {
  const rpcUrl = (await serve(t, body('no', 'text/plain', 401))).replace('http://', 'http://user:secret@')
  await assert.rejects(getChainId({ client: openClient({ rpcUrl }) }), (error: TesseraError) => {
    const { cause, context, hint, message } = error
    assert.ok(!`${message} ${hint} ${JSON.stringify(context)} ${String(cause)}`.includes('secret'))
    return true
  })
})

test('reads name the block that they are asked for', async () => {
  const chain = new FakeChain()
  chain.onCall = (): Hex => `0x${'00'.repeat(31)}09`
  assert.equal(await getRunCount(chain, { blockNumber: 5n }), 9n)
  assert.equal(chain.requests.at(-1)?.params[1], '0x5')
})
