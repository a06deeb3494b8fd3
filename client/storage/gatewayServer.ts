// The embedded gateway: an HTTP server over local blocks that anybody may talk to, so every wait and every count has a limit.
// No TLS (a reverse proxy or tunnel does that) and no fetching on behalf of callers. Other routes are the caller's own.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { isIPv6 } from 'node:net'
import { TesseraError } from '@tessera/protocol/errors'
import type { Hex } from '@tessera/protocol/hex'
import { BlockBuffers } from './blockBuffers.ts'
import type { BlockStore } from './blockStore.ts'
import { type ConnectionLimits, limitConnections } from './connectionLimits.ts'
import { abortFault, errorCode } from './fault.ts'
import { allowPages, answerPreflight, refuse } from './gatewayReply.ts'
import { Holdings } from './holdings.ts'
import { type IpfsParts, serveIpfs } from './ipfsRoute.ts'
import { systemTimer, type Timer } from './timer.ts'
import { Pace } from './transfer/pace.ts'
import { type TurnLimits, Turns } from './turns.ts'

export interface GatewayLimits extends ConnectionLimits, TurnLimits {
  /** From the connection, or the end of the request before, to the end of the headers. */
  readonly headersTimeoutMs: number
  readonly requestTimeoutMs: number
  /** How long a connection may stay open without a request. */
  readonly keepAliveMs: number
  /** Longest time a reader may take for one slice of an answer, 256 KiB at most. */
  readonly writeStallMs: number
}

export const GATEWAY_LIMITS: GatewayLimits = {
  maxConnections: 256,
  maxConnectionsPerAddress: 32,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 15_000,
  keepAliveMs: 15_000,
  writeStallMs: 30_000,
  // 54 kB/s for each on a line of 110 Mb/s in all: a block takes 3 s at the most while that many read.
  maxServing: 32,
  maxServingPerAddress: 16,
  maxWaitingPerAddress: 16,
  maxWaiting: 256,
  maxWaitMs: 4_000,
}

/** Answers requests of one exact path. */
export type RouteHandler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>

export interface GatewayOptions {
  readonly blocks: BlockStore
  /** Address to listen on: 127.0.0.1 behind a proxy, `::` for everyone. */
  readonly host: string
  /** 0: any free port. */
  readonly port: number
  /** What all answers together may send; as much as the line takes if not given. */
  readonly uploadBytesPerSecond?: number | undefined
  /** What fetches under way have of their blobs: EmbeddedStore.underWay. */
  readonly underWay?: ((root: Hex) => Uint8Array | undefined) | undefined
  /** Routes beside /ipfs, by exact path, e.g. `/status`. */
  readonly routes?: Readonly<Record<string, RouteHandler>>
  /**
   * Takers of PUT, by exact path. Each bounds the body itself, in length and time, and reads none of it before it knows from whom:
   * callers that send `Expect: 100-continue` wait until it says so.
   */
  readonly uploads?: Readonly<Record<string, RouteHandler>>
  readonly limits?: Partial<GatewayLimits>
  /** Closes the gateway. */
  readonly signal?: AbortSignal
  /** Told of failures behind a 500: of the disk, or of a route. */
  readonly onError?: (error: unknown) => void
  readonly timer?: Timer
}

export interface Gateway {
  /** Where it listens, e.g. `http://127.0.0.1:4001`. */
  readonly url: string
  readonly port: number
  /** Stops listening and ends all connections, also those in use: readers resume elsewhere. */
  close(): Promise<void>
}

/**
 * Resolves once the gateway listens.
 * @throws `gateway/port-in-use`, `gateway/listen-failed`, `storage/aborted`
 */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { host, port, signal } = options
  const limits = { ...GATEWAY_LIMITS, ...options.limits }
  if (signal?.aborted) throw abortFault(signal)
  const ipfs = ipfsParts(options, limits)
  const server = createServer({
    headersTimeout: limits.headersTimeoutMs,
    // It counts the body too, and cannot tell one request from another.
    requestTimeout: options.uploads === undefined ? limits.requestTimeoutMs : 0,
    keepAliveTimeout: limits.keepAliveMs,
    // Node looks for overdue connections only this often.
    connectionsCheckingInterval: Math.min(5_000, limits.headersTimeoutMs),
    maxHeaderSize: 8192,
  })
  limitConnections(server, limits)
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    answer(request, response, options, ipfs).catch((error: unknown) => {
      options.onError?.(error)
      if (response.headersSent) response.destroy()
      else refuse(response, 500, 'failed')
    })
  }
  server.on('request', onRequest)
  // Without this Node asks for any body before anybody has looked at the request.
  server.on('checkContinue', onRequest)
  await listen(server, host, port)

  const onAbort = () => {
    close().catch((error: unknown) => options.onError?.(error))
  }
  const close = async () => {
    signal?.removeEventListener('abort', onAbort)
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    server.closeAllConnections()
    await closed
  }
  signal?.addEventListener('abort', onAbort, { once: true })
  const bound = server.address()
  const boundPort = typeof bound === 'object' && bound !== null ? bound.port : port
  return { url: `http://${isIPv6(host) ? `[${host}]` : host}:${boundPort}`, port: boundPort, close }
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  options: GatewayOptions,
  ipfs: IpfsParts,
): Promise<void> {
  response.setHeader('x-content-type-options', 'nosniff')
  allowPages(response)
  const path = (request.url ?? '').split('?', 1)[0] ?? ''
  const upload = request.method === 'PUT' ? handlerOf(options.uploads, path) : undefined
  if (upload !== undefined) return await upload(request, response)
  if (request.method === 'OPTIONS') return answerPreflight(request, response)
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD, OPTIONS')
    // There may be a body of any length on its way.
    response.setHeader('connection', 'close')
    return refuse(response, 405, 'only GET and HEAD')
  }
  // A body that nobody wants ends with the answer.
  if (hasBody(request)) response.setHeader('connection', 'close')
  const route = handlerOf(options.routes, path)
  if (route !== undefined) return await route(request, response)
  if (!path.startsWith('/ipfs/')) return refuse(response, 404, 'no such path')
  await serveIpfs(request, response, ipfs)
}

/** On a slow line fewer are served at a time: a reader lets go of a source that sends it next to nothing. */
const SLOWEST_BYTES_PER_SECOND = 2 ** 16

function ipfsParts(options: GatewayOptions, limits: GatewayLimits): IpfsParts {
  const { blocks, underWay, uploadBytesPerSecond: rate, timer = systemTimer } = options
  const most = rate === undefined ? Infinity : Math.max(2, Math.floor(rate / SLOWEST_BYTES_PER_SECOND))
  return {
    blocks,
    buffers: new BlockBuffers(),
    holdings: new Holdings({ blocks, timer, underWay }),
    turns: new Turns({ ...limits, maxServing: Math.min(limits.maxServing, most) }, timer),
    stall: { timer, stallMs: limits.writeStallMs },
    pace: rate === undefined ? undefined : new Pace(timer, rate),
  }
}

function handlerOf(handlers: Readonly<Record<string, RouteHandler>> = {}, path: string): RouteHandler | undefined {
  return Object.hasOwn(handlers, path) ? handlers[path] : undefined
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(listenFault(error, host, port)))
    try {
      server.listen({ host, port }, resolve)
    } catch (error) {
      // A port out of range is thrown, not emitted.
      reject(listenFault(error, host, port))
    }
  })
}

function listenFault(error: unknown, host: string, port: number): TesseraError {
  const reason = errorCode(error)
  const context = { host, port, reason }
  if (reason === 'EADDRINUSE')
    return new TesseraError('gateway/port-in-use', `port ${port} of ${host} is in use`, {
      hint: 'Another program, or another node, listens there: stop it or choose another port (0 takes any free one)',
      context,
      cause: error,
    })
  return new TesseraError(
    'gateway/listen-failed',
    `cannot listen on ${host}:${port}${reason === undefined ? '' : ` (${reason})`}`,
    {
      hint: 'The address must be one of this machine; ports below 1024 need more rights',
      context,
      cause: error,
    },
  )
}
