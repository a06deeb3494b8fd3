// How the gateway answers: short refusals, and bodies whose reader has to keep reading.

import type { IncomingMessage, ServerResponse } from 'node:http'
import { startSpan, type Timer } from './timer.ts'
import type { Pace } from './transfer/pace.ts'

export interface Stall {
  readonly timer: Timer
  /** Longest time that one slice of a body may take to leave. */
  readonly stallMs: number
}

/** A limit of what is sent in all, and whose share of it this body takes. */
export interface Pacing {
  readonly pace: Pace
  readonly caller: string
}

/** A body goes out in slices, each of what a reader on the slowest useful link takes within the time for one. */
const SLICE_BYTES = 2 ** 18
/** Where there is a limit in all: small enough that all who are served get one every second or two. */
const PACED_SLICE_BYTES = 2 ** 16

/** A short refusal; nothing of the request is repeated in it. */
export function refuse(response: ServerResponse, status: number, text: string): void {
  for (const name of ['etag', 'vary', 'content-disposition']) response.removeHeader(name)
  response.setHeader('cache-control', 'no-store')
  response.setHeader('content-type', 'text/plain; charset=utf-8')
  response.writeHead(status)
  response.end(`${text}\n`)
}

/** There are too many readers: come again later. Readers of ours do not take it for a failure. */
export function refuseBusy(response: ServerResponse, retryAfterSeconds: number): void {
  response.setHeader('retry-after', retryAfterSeconds)
  refuse(response, 503, 'busy')
}

/** How long a browser need not ask again, seconds: the most that any keeps. */
const PREFLIGHT_SECONDS = 86_400

/**
 * Pages of any site may read what is here, since it is public and checked by its address: a dashboard has its blobs from the nodes.
 * The second header is for pages that are isolated from other sites.
 */
export function allowPages(response: ServerResponse): void {
  response.setHeader('access-control-allow-origin', '*')
  response.setHeader('access-control-expose-headers', 'content-length, etag, retry-after')
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
  { stall, pacing }: { readonly stall: Stall; readonly pacing?: Pacing | undefined },
): Promise<void> {
  const most = pacing === undefined ? SLICE_BYTES : PACED_SLICE_BYTES
  for await (const piece of pieces)
    for (let at = 0; at < piece.length; at += most) {
      const slice = piece.subarray(at, at + most)
      if (pacing !== undefined && !(await mayPass(response, pacing, slice.length))) return
      if (!(await passes(response, stall, (done) => response.write(slice, done)))) return
    }
  await passes(response, stall, (done) => response.end(done))
}

/** Resolves to true once it is the turn of so many bytes of this body, or to false once its reader is gone. */
async function mayPass(response: ServerResponse, { pace, caller }: Pacing, bytes: number): Promise<boolean> {
  if (response.destroyed) return false
  const gone = new AbortController()
  const onClose = () => gone.abort()
  response.once('close', onClose)
  try {
    await pace.take(caller, bytes, gone.signal)
    return true
  } catch (error) {
    if (gone.signal.aborted) return false
    throw error
  } finally {
    response.off('close', onClose)
  }
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
