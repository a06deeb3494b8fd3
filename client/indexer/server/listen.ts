// Puts the routes on the network. Anybody may connect, so every wait and every count has a limit. No TLS: a reverse proxy does that,
// and limits each address better than this does.

import type { Server } from 'node:http'
import { isIPv6 } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import { TesseraError } from '@tessera/protocol/errors'
import { type ConnectionLimits, limitConnections } from '@tessera/storage/connectionLimits'
import type { App } from './app.ts'

export interface ListenLimits extends ConnectionLimits {
  /** From the connection, or the end of the request before, to the end of the headers. */
  readonly headersTimeoutMs: number
  readonly requestTimeoutMs: number
  readonly keepAliveMs: number
  /** How long a connection may pass nothing in either direction: longer than between two heartbeats. */
  readonly idleMs: number
}

const LISTEN_LIMITS: ListenLimits = {
  maxConnections: 512,
  maxConnectionsPerAddress: 64,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 15_000,
  keepAliveMs: 15_000,
  idleMs: 60_000,
}

const MAX_HEADER_BYTES = 8_192

export interface Listening {
  readonly url: string
  /** Ends all connections, also those in use. */
  close(): Promise<void>
}

/** @throws `indexer/port-in-use`, `indexer/cannot-listen` */
export async function listen(
  app: App,
  where: { readonly host: string; readonly port: number; readonly limits?: Partial<ListenLimits> },
): Promise<Listening> {
  const { host, port } = where
  const limits = { ...LISTEN_LIMITS, ...where.limits }
  const server = createAdaptorServer({
    fetch: app.fetch,
    overrideGlobalObjects: false,
    serverOptions: {
      headersTimeout: limits.headersTimeoutMs,
      requestTimeout: limits.requestTimeoutMs,
      keepAliveTimeout: limits.keepAliveMs,
      // Node looks for overdue connections only this often.
      connectionsCheckingInterval: Math.min(5_000, limits.headersTimeoutMs),
      maxHeaderSize: MAX_HEADER_BYTES,
    },
  }) as Server
  server.timeout = limits.idleMs
  limitConnections(server, limits)
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(listenError(host, port, error)))
    server.listen({ host, port }, resolve)
  })
  const bound = server.address()
  const boundPort = typeof bound === 'object' && bound !== null ? bound.port : port
  return {
    url: `http://${isIPv6(host) ? `[${host}]` : host}:${boundPort}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function listenError(host: string, port: number, cause: NodeJS.ErrnoException): TesseraError {
  const context = { host, port, reason: cause.code }
  if (cause.code === 'EADDRINUSE')
    return new TesseraError('indexer/port-in-use', `port ${port} of ${host} is in use`, {
      hint: 'Another program listens there: stop it or choose another --listen-port (0 takes any free one)',
      context,
      cause,
    })
  return new TesseraError('indexer/cannot-listen', `cannot listen on ${host}:${port}: ${cause.code}`, {
    hint: 'The address must be one of this machine; ports below 1024 need more rights',
    context,
    cause,
  })
}
