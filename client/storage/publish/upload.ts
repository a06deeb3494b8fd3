// One long body to one gateway, by PUT: sent as it is read, only once the other side has said that it wants it, bounded in time.
// Over node:http, since Node's fetch holds a long body in memory. The address may come from the chain and is guarded like a source's.

import { request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { LookupFunction } from 'node:net'
import { Readable } from 'node:stream'
import { abortFault } from '../fault.ts'
import { startSpan, type Timer } from '../timer.ts'
import { readText, timedOut, unreachable } from './exchange.ts'

export interface Upload {
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly body: AsyncIterable<Uint8Array>
  readonly bytes: number
  readonly lookup: LookupFunction
  readonly timer: Timer
  /** For all of it. */
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

/** Some proxies never say "continue": after this long the body goes all the same. */
const CONTINUE_MS = 10_000
const MAX_ANSWER_BYTES = 4_096

/** @throws `publish/unreachable`, `publish/timeout`, `publish/bad-answer`, what reading the body throws, or the signal's reason */
export async function upload(options: Upload): Promise<{ readonly status: number; readonly text: string }> {
  const { url, timer, timeoutMs } = options
  const span = startSpan(timer, timeoutMs, () => timedOut(url, timeoutMs), options.signal)
  const waiting = new AbortController()
  try {
    const response = await send(options, span.signal, waiting.signal)
    return { status: response.statusCode ?? 0, text: await readText(response, url, MAX_ANSWER_BYTES) }
  } catch (error) {
    if (span.signal.aborted) throw abortFault(span.signal)
    throw unreachable(error, url)
  } finally {
    // Whatever is left of the body is not wanted any more.
    span.stop(undefined)
    span.close()
    waiting.abort()
  }
}

function send(options: Upload, signal: AbortSignal, waiting: AbortSignal): Promise<IncomingMessage> {
  const { url, bytes, body, lookup, timer } = options
  const headers = { ...options.headers, 'content-length': String(bytes), expect: '100-continue' }
  return new Promise((resolve, reject) => {
    const request = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, {
      method: 'PUT',
      headers,
      lookup,
      agent: false,
      signal,
    })
    let begun = false
    const begin = (): void => {
      if (begun || waiting.aborted) return
      begun = true
      const source = Readable.from(body)
      source.on('error', (error) => request.destroy(error))
      request.on('close', () => source.destroy())
      source.pipe(request)
    }
    request.on('continue', begin)
    // A refusal comes without; an error after it says only that the rest of the body was not taken.
    request.on('response', resolve)
    request.on('error', reject)
    timer.sleep(CONTINUE_MS, waiting).then(begin, () => {
      // The request has ended.
    })
  })
}
