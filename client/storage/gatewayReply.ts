// How the gateway answers: short refusals, and bodies whose reader has to keep reading.

import type { IncomingMessage, ServerResponse } from 'node:http'
import { startSpan, type Timer } from './timer.ts'

export interface Stall {
  readonly timer: Timer
  /** Longest time that one piece of a body, at most a block, may take to leave. */
  readonly stallMs: number
}

/** A short refusal; nothing of the request is repeated in it. */
export function refuse(response: ServerResponse, status: number, text: string): void {
  for (const name of ['etag', 'vary', 'content-disposition']) response.removeHeader(name)
  response.setHeader('cache-control', 'no-store')
  response.setHeader('content-type', 'text/plain; charset=utf-8')
  response.writeHead(status)
  response.end(`${text}\n`)
}

/** How long a browser need not ask again, seconds: the most that any keeps. */
const PREFLIGHT_SECONDS = 86_400

/**
 * Pages of any site may read what is here, since it is public and checked by its address: a dashboard has its blobs from the nodes.
 * The second header is for pages that are isolated from other sites.
 */
export function allowPages(response: ServerResponse): void {
  response.setHeader('access-control-allow-origin', '*')
  response.setHeader('access-control-expose-headers', 'content-length, etag')
  response.setHeader('cross-origin-resource-policy', 'cross-origin')
}

/** What a browser asks before a request that is not simple, or that a public page sends to a machine of a private network. */
export function answerPreflight(request: IncomingMessage, response: ServerResponse): void {
  response.setHeader('access-control-allow-methods', 'GET, HEAD')
  response.setHeader('access-control-allow-headers', 'accept, if-none-match, range')
  response.setHeader('access-control-max-age', PREFLIGHT_SECONDS)
  if (request.headers['access-control-request-private-network'] === 'true')
    response.setHeader('access-control-allow-private-network', 'true')
  // A preflight has no body; whatever comes with it is not read.
  response.setHeader('connection', 'close')
  response.writeHead(204).end()
}

/**
 * Sends `pieces` as the body and ends the response, at the pace of the reader. A reader that stops for longer than `stallMs` is cut off:
 * otherwise a few of them could hold all connections and the memory behind them.
 */
export async function sendBody(
  response: ServerResponse,
  pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  stall: Stall,
): Promise<void> {
  for await (const piece of pieces) {
    if (!(await passes(response, stall, (done) => response.write(piece, done)))) return
  }
  await passes(response, stall, (done) => response.end(done))
}

/** Resolves once what `send` hands over has left this process: true; or once the connection is gone: false. */
async function passes(response: ServerResponse, stall: Stall, send: (done: () => void) => void): Promise<boolean> {
  if (response.destroyed) return false
  const left = Promise.withResolvers<boolean>()
  const onClose = () => left.resolve(response.writableFinished)
  const span = startSpan(stall.timer, stall.stallMs, () => undefined)
  span.signal.addEventListener('abort', () => response.destroy(), { once: true })
  response.once('close', onClose)
  send(() => left.resolve(!response.destroyed))
  try {
    return await left.promise
  } finally {
    response.off('close', onClose)
    span.close()
  }
}
