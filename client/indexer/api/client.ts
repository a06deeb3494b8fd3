// Asks an indexer. Its answers are hostile until they have the shape that the route promises. Asks once: whether and when to ask
// again is the caller's. Runs in a browser.

import { isTesseraError, TesseraError } from '@tessera/protocol/errors'
import * as z from 'zod/mini'
import { failure } from './failure.ts'
import { type Params, routeUrl } from './params.ts'
import { type Answer, type RouteName, routes } from './routes.ts'

export interface AskOptions {
  readonly signal?: AbortSignal
  /** The platform's unless given. */
  readonly fetch?: (url: URL, init: RequestInit) => Promise<Response>
}

/** Of a whole answer, decompressed. The longest, a `series` of 6,190 rounds with 20 miners, has 1.5 MB. */
export const MAX_ANSWER_BYTES = 32 * 1024 * 1024
const MAX_FAILURE_BYTES = 16 * 1024
const MAX_TEXT = 300

/**
 * @param base absolute URL of the indexer; `document.baseURI` where config.json names none.
 * @throws `indexer/unreachable` (retryable), `indexer/bad-answer`, `indexer/answer-too-large`, the code that the indexer refused
 *   with, or the signal's reason
 */
export async function ask<N extends RouteName>(
  base: string,
  name: N,
  params: Params<N>,
  options: AskOptions = {},
): Promise<Answer<N>> {
  const { signal, fetch: fetchUrl = fetch } = options
  const url = routeUrl(base, name, params)
  try {
    const response = await fetchUrl(url, {
      headers: { accept: 'application/json' },
      credentials: 'omit',
      redirect: 'error',
      ...(signal === undefined ? {} : { signal }),
    })
    if (response.status !== 200) throw await refusal(response, url)
    const json = parse(await readText(response, MAX_ANSWER_BYTES, url), url)
    const decoded = z.safeParse(routes[name].answer, json)
    if (!decoded.success) throw badAnswer(url, firstIssue(decoded.error))
    // SAFETY: what the route's own schema has decoded; the compiler cannot follow a table by a generic name.
    return decoded.data as Answer<N>
  } catch (error) {
    if (signal?.aborted === true) throw signal.reason
    if (isTesseraError(error)) throw error
    throw unreachable(url, error instanceof Error ? error.message : String(error), error)
  }
}

/** The indexer's own code when it is one of an indexer's; a proxy before it knows none. */
async function refusal(response: Response, url: URL): Promise<TesseraError> {
  const { status } = response
  const isLater = status === 429 || status === 502 || status === 503 || status === 504
  const body = await readText(response, MAX_FAILURE_BYTES, url)
  const told = z.safeParse(failure, isJson(response) ? parse(body, url) : undefined)
  if (!told.success || !/^indexer\/[a-z]+(-[a-z]+)*$/.test(told.data.error.code))
    return isLater ? unreachable(url, `status ${status}`) : badAnswer(url, `status ${status}`)
  const { code, message, hint } = told.data.error
  return new TesseraError(code, message.slice(0, MAX_TEXT), {
    retryable: isLater,
    context: { url: url.href, status },
    ...(hint === null ? {} : { hint: hint.slice(0, MAX_TEXT) }),
  })
}

function isJson(response: Response): boolean {
  return (response.headers.get('content-type') ?? '').startsWith('application/json')
}

async function readText(response: Response, maxBytes: number, url: URL): Promise<string> {
  if (response.body === null) return ''
  const decoder = new TextDecoder()
  const reader = response.body.getReader()
  let text = ''
  let bytes = 0
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    bytes += next.value.length
    if (bytes > maxBytes) {
      // Not awaited: what is thrown here matters, not how the connection ends.
      reader.cancel().catch(() => undefined)
      throw new TesseraError('indexer/answer-too-large', `the indexer sent more than ${maxBytes} bytes`, {
        hint: 'It is broken or hostile: choose another indexer',
        context: { url: url.href, maxBytes },
      })
    }
    text += decoder.decode(next.value, { stream: true })
  }
  return text + decoder.decode()
}

function parse(text: string, url: URL): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw badAnswer(url, 'no JSON', cause)
  }
}

function firstIssue(error: z.core.$ZodError): string {
  const [issue] = error.issues
  return issue === undefined ? 'unknown' : `${issue.path.map(String).join('.')}: ${issue.message}`.slice(0, MAX_TEXT)
}

function badAnswer(url: URL, reason: string, cause?: unknown): TesseraError {
  return new TesseraError('indexer/bad-answer', `the indexer's answer is not what the route promises (${reason})`, {
    hint: 'Its version may differ from this one, or it is no indexer of Tessera',
    context: { url: url.href, reason },
    cause,
  })
}

function unreachable(url: URL, reason: string, cause?: unknown): TesseraError {
  return new TesseraError('indexer/unreachable', `no answer from the indexer at ${url.origin} (${reason})`, {
    retryable: true,
    hint: 'It may be down or starting, or this device is offline',
    context: { url: url.href, reason },
    cause,
  })
}
