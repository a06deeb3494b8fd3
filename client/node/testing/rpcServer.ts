// @testonly A chain in memory behind JSON-RPC over HTTP on the loopback, for what opens a chain by its URL.

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import type { FakeChain } from '@tessera/chain/fakeChain.fixture'

interface RpcCall {
  readonly id: number
  readonly method: string
  readonly params?: unknown[]
}

/** @returns the URL */
export async function serveChain(t: TestContext, chain: FakeChain): Promise<string> {
  const server = createServer((request, response) => {
    const pieces: Buffer[] = []
    request.on('data', (piece: Buffer) => pieces.push(piece))
    request.on('end', () => {
      const call = JSON.parse(Buffer.concat(pieces).toString()) as RpcCall
      answer(chain, call).then(
        (body) => response.end(JSON.stringify({ jsonrpc: '2.0', id: call.id, ...body })),
        (error: Error) => response.destroy(error),
      )
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function answer(chain: FakeChain, { method, params = [] }: RpcCall): Promise<object> {
  const request = chain.client.request as (
    body: { method: string; params: unknown[] },
    options: { retryCount: number },
  ) => Promise<unknown>
  try {
    return { result: await request({ method, params }, { retryCount: 0 }) }
  } catch (error) {
    const { code, message, data } = rpcErrorIn(error)
    return { error: { code, message, data } }
  }
}

/** The JSON-RPC error that the chain threw, under the layers that its client put around it. */
function rpcErrorIn(error: unknown): { code: number; message: string; data?: unknown } {
  for (let inner = error; inner instanceof Error; inner = inner.cause)
    if ('code' in inner && typeof inner.code === 'number' && inner.name === 'RpcRequestError')
      return { code: inner.code, message: inner.message, data: 'data' in inner ? inner.data : undefined }
  throw error
}
