// One HTTP request to a service that the operator chose, and its answer as text: bounded in time and length, no redirects, no cookies.
// Not for gateways of strangers (../httpBlocks.ts): the address is the operator's own word. Secrets in headers are never in an error.

import { TesseraError } from '@tessera/protocol/errors'
import { abortFault, errorCode } from '../fault.ts'
import { startSpan, type Timer } from '../timer.ts'

export interface ExchangeRequest {
  readonly method: string
  readonly url: URL
  readonly headers: Headers | Readonly<Record<string, string>>
  readonly body?: string | Uint8Array<ArrayBuffer>
}

export interface ExchangeLimits {
  readonly timer: Timer
  readonly timeoutMs: number
  /** Of the answer's body. */
  readonly maxBytes: number
  readonly signal: AbortSignal
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

/** @throws retryable: `publish/unreachable`, `publish/timeout`, `publish/bad-answer`; or the signal's reason */
export async function exchange(request: ExchangeRequest, limits: ExchangeLimits): Promise<Answer> {
  const { method, url, headers, body } = request
  const { timer, timeoutMs, signal } = limits
  const span = startSpan(timer, timeoutMs, () => timedOut(url, timeoutMs), signal)
  try {
    const init = { method, headers, redirect: 'manual', signal: span.signal, credentials: 'omit' } as const
    const response = await fetch(url, body === undefined ? init : { ...init, body })
    const text = response.body === null ? '' : await readText(response.body, url, limits.maxBytes)
    return { status: response.status, headers: response.headers, text }
  } catch (error) {
    if (span.signal.aborted) throw abortFault(span.signal)
    throw unreachable(error, url)
  } finally {
    // Also ends what is left unread of an answer that was too long.
    span.stop(undefined)
    span.close()
  }
}

/** The text of an answer. @throws `publish/bad-answer` as soon as it is longer than `maxBytes` */
export async function readText(body: AsyncIterable<Uint8Array>, url: URL, maxBytes: number): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  let length = 0
  for await (const piece of body) {
    length += piece.length
    if (length > maxBytes) throw badAnswer(url, `more than ${maxBytes} bytes`)
    text += decoder.decode(piece, { stream: true })
  }
  return text + decoder.decode()
}

/** An answer that makes no sense. */
export function badAnswer(url: URL, reason: string): TesseraError {
  return new TesseraError('publish/bad-answer', `${url.host} sent an answer that cannot be right: ${reason}`, {
    retryable: true,
    hint: 'Check that the address is that of the service that you mean, and that no proxy answers in its place',
    context: { host: url.host, reason },
  })
}

export function timedOut(url: URL, timeoutMs: number): TesseraError {
  return new TesseraError('publish/timeout', `${url.host} took more than ${timeoutMs} ms`, {
    retryable: true,
    hint: 'The service or the line to it is slow; it is tried again',
    context: { host: url.host, timeoutMs },
  })
}

export function unreachable(error: unknown, url: URL): TesseraError {
  if (error instanceof TesseraError) return error
  // fetch wraps what happened to the connection.
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error
  const reason = errorCode(cause)
  return new TesseraError('publish/unreachable', `no answer from ${url.host}${reason ? ` (${reason})` : ''}`, {
    retryable: true,
    hint: 'The service may be down, its name or certificate wrong, or this machine offline',
    context: { host: url.host, reason },
    cause,
  })
}

/** A refusal that any service may answer with, by its status. `reason` is the service's own word, shortened. */
export function refusal(url: URL, status: number, reason: string): TesseraError {
  const context = { host: url.host, status, reason: reason.slice(0, 200) }
  if (status === 429 || status >= 500)
    return new TesseraError('publish/busy', `${url.host} answered with status ${status}`, {
      retryable: true,
      hint: 'The service is overloaded or in trouble; it is tried again',
      context,
    })
  if (status === 401)
    return new TesseraError('publish/credentials', `${url.host} does not accept the credentials`, {
      hint: 'Check the key or token that the node was given',
      context,
    })
  if (status === 403)
    return new TesseraError('publish/forbidden', `${url.host} does not allow this`, {
      hint: 'Give the key or token the right to write and to delete',
      context,
    })
  return new TesseraError('publish/refused', `${url.host} refused with status ${status}`, {
    hint: 'Check the address and the settings of the service; the context has its own words',
    context,
  })
}
