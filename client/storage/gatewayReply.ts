// How the gateway answers: short refusals, and bodies whose reader has to keep reading.

import type { ServerResponse } from 'node:http'
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
