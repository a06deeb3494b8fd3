// A small HTTP server for an agent's own pages: `/metrics`, `/status`. Reads no request bodies, keeps no state, and is meant for the
// operator's machine or network: no TLS, no log-in. Not the gateway for blobs, which is storage's.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { TesseraError } from '@tessera/protocol/errors'

export type Handler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>

export interface HttpServerOptions {
  /** `127.0.0.1` unless others shall read it. */
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  /** Handlers by exact path, without a query. */
  readonly routes: Readonly<Record<string, Handler>>
  /** Told when a handler fails; the client only sees a 500. */
  readonly onError: (error: unknown) => void
}

export interface HttpServer {
  readonly url: string
  readonly port: number
  /** Ends open connections too. */
  close(): Promise<void>
}

const MAX_HEADER_BYTES = 8 * 1024
const REQUEST_LIMIT_MS = 10_000
const MAX_CONNECTIONS = 64

/**
 * Listens until closed. @testonly Programs with a blob gateway mount their routes there.
 * @throws server/port-in-use, server/cannot-listen
 */
export async function serveHttp({ host, port, routes, onError }: HttpServerOptions): Promise<HttpServer> {
  const table = new Map(Object.entries(routes))
  const server = createServer(
    { maxHeaderSize: MAX_HEADER_BYTES, requestTimeout: REQUEST_LIMIT_MS, headersTimeout: REQUEST_LIMIT_MS },
    (request, response) => {
      answer(table, request, response).catch((error: unknown) => {
        onError(error)
        if (response.headersSent) response.destroy()
        else refuse(response, 500)
      })
    },
  )
  server.maxConnections = MAX_CONNECTIONS
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(listenError(host, port, error)))
    server.listen(port, host, resolve)
  })
  server.removeAllListeners('error').on('error', onError)
  const bound = (server.address() as AddressInfo).port
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}`,
    port: bound,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function answer(routes: ReadonlyMap<string, Handler>, request: IncomingMessage, response: ServerResponse) {
  const [path = ''] = (request.url ?? '').split('?', 1)
  const handler = routes.get(path)
  if (handler === undefined) return refuse(response, 404)
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return refuse(response.setHeader('allow', 'GET, HEAD'), 405)
  await handler(request, response)
}

function refuse(response: ServerResponse, status: number): void {
  response.writeHead(status, { 'content-length': 0 }).end()
}

function listenError(host: string, port: number, cause: NodeJS.ErrnoException): TesseraError {
  const context = { host, port, reason: cause.code }
  if (cause.code === 'EADDRINUSE')
    return new TesseraError('server/port-in-use', `port ${port} on ${host} is taken`, {
      cause,
      context,
      hint: 'Choose another port, or 0 for a free one',
    })
  return new TesseraError('server/cannot-listen', `cannot listen on ${host}:${port}: ${cause.code}`, {
    cause,
    context,
    hint: 'Check the address and the rights for the port',
  })
}
