// A chain of this process as a JSON-RPC server on the loopback, for programs of their own.

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Request } from '../gas/chain.ts'

interface Call {
  readonly id: number
  readonly method: string
  readonly params?: readonly unknown[]
}

export interface RpcServer {
  readonly url: string
  close(): Promise<void>
}

export async function serveRpc(request: Request): Promise<RpcServer> {
  const answer = async ({ id, method, params }: Call): Promise<object> => {
    try {
      return { jsonrpc: '2.0', id, result: await request(method, params) }
    } catch (error) {
      return { jsonrpc: '2.0', id, error: { code: -32_000, message: String(error) } }
    }
  }
  const server = createServer((incoming, outgoing) => {
    const pieces: Buffer[] = []
    incoming.on('data', (piece: Buffer) => pieces.push(piece))
    incoming.on('end', () => {
      const body = JSON.parse(Buffer.concat(pieces).toString()) as Call | Call[]
      const answers = Array.isArray(body) ? Promise.all(body.map(answer)) : answer(body)
      answers.then(
        (json) => outgoing.setHeader('content-type', 'application/json').end(JSON.stringify(json)),
        (error: Error) => outgoing.destroy(error),
      )
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
