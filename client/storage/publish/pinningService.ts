// A pinning service over the IPFS Pinning Service API (1.0.0): ask it to pin a CID, look how far it has come, take the pin back. Three
// REST calls, their answers held against the specification. Not when, and not for how long: pinningTarget.ts.

import { TesseraError } from '@tessera/protocol/errors'
import type { Timer } from '../timer.ts'
import { type Answer, badAnswer, exchange, refusal } from './exchange.ts'

const PIN_STATUSES = ['queued', 'pinning', 'pinned', 'failed'] as const

export interface PinStatus {
  readonly requestId: string
  readonly status: (typeof PIN_STATUSES)[number]
  readonly created: string
  readonly cid: string
  readonly name: string
}

export interface PinningServiceOptions {
  /** Base of the API, without a slash at the end. */
  readonly url: string
  readonly token: string
  readonly timer: Timer
  /** For one request. */
  readonly timeoutMs: number
}

export interface PinRequest {
  readonly cid: string
  readonly name: string
  /** Multiaddrs of who has it. */
  readonly origins: readonly string[]
  readonly meta: Readonly<Record<string, string>>
}

const MAX_ANSWER_BYTES = 2 ** 20
/** What the specification gives when nobody says; every service has to bear it. */
const PAGE = 10
const MAX_PAGES = 100
const MAX_ID_CHARACTERS = 256

/** Methods throw what exchange makes, `publish/credentials`, `forbidden`, `no-funds`, `busy`, `refused`. */
export class PinningService {
  readonly #options: PinningServiceOptions

  constructor(options: PinningServiceOptions) {
    this.#options = options
  }

  async add(request: PinRequest, signal: AbortSignal): Promise<PinStatus> {
    const { url, answer } = await this.#call('POST', '/pins', request, signal)
    if (answer.status !== 202) throw pinningFault(url, answer)
    return parsePin(url, jsonOf(url, answer))
  }

  /** Undefined when the service knows no such request. */
  async look(requestId: string, signal: AbortSignal): Promise<PinStatus | undefined> {
    const { url, answer } = await this.#call('GET', pathOf(requestId), undefined, signal)
    if (answer.status === 404) return undefined
    if (answer.status !== 200) throw pinningFault(url, answer)
    return parsePin(url, jsonOf(url, answer))
  }

  /** Also when there is no such request any more. */
  async remove(requestId: string, signal: AbortSignal): Promise<void> {
    const { url, answer } = await this.#call('DELETE', pathOf(requestId), undefined, signal)
    if (answer.status !== 202 && answer.status !== 404) throw pinningFault(url, answer)
  }

  /** All requests for a CID, newest first, whatever has become of them. */
  async *find(cid: string, signal: AbortSignal): AsyncGenerator<PinStatus> {
    let before: string | undefined
    for (let page = 0; page < MAX_PAGES; page++) {
      const query = new URLSearchParams({ cid, status: PIN_STATUSES.join(), limit: String(PAGE) })
      if (before !== undefined) query.set('before', before)
      const { url, answer } = await this.#call('GET', `/pins?${query}`, undefined, signal)
      if (answer.status !== 200) throw pinningFault(url, answer)
      const { results, count } = parsePage(url, jsonOf(url, answer))
      yield* results
      before = results.at(-1)?.created
      if (before === undefined || results.length >= count) return
    }
  }

  /** Whether the service answers and takes the token. */
  async check(signal: AbortSignal): Promise<void> {
    const { url, answer } = await this.#call('GET', '/pins?limit=1', undefined, signal)
    if (answer.status !== 200) throw pinningFault(url, answer)
    parsePage(url, jsonOf(url, answer))
  }

  async #call(
    method: string,
    path: string,
    content: PinRequest | undefined,
    signal: AbortSignal,
  ): Promise<{ url: URL; answer: Answer }> {
    const { timer, timeoutMs, token } = this.#options
    const url = new URL(`${this.#options.url}${path}`)
    const headers = { accept: 'application/json', authorization: `Bearer ${token}` }
    const body =
      content === undefined
        ? { headers }
        : { headers: { ...headers, 'content-type': 'application/json' }, body: JSON.stringify(content) }
    const limits = { timer, timeoutMs, maxBytes: MAX_ANSWER_BYTES, signal }
    return { url, answer: await exchange({ method, url, ...body }, limits) }
  }
}

function pathOf(requestId: string): string {
  return `/pins/${encodeURIComponent(requestId)}`
}

function jsonOf(url: URL, { text }: Answer): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // The parser's own words would repeat what the service sent.
    throw badAnswer(url, 'no JSON')
  }
}

function parsePage(url: URL, value: unknown): { readonly count: number; readonly results: readonly PinStatus[] } {
  const { count, results } = fieldsOf(url, value)
  if (typeof count !== 'number' || !Number.isSafeInteger(count) || count < 0) throw badAnswer(url, 'count')
  if (!Array.isArray(results)) throw badAnswer(url, 'results')
  return { count, results: results.map((item: unknown) => parsePin(url, item)) }
}

/** Fields that nobody asked for are the service's own affair. */
function parsePin(url: URL, value: unknown): PinStatus {
  const { requestid, status, created, pin } = fieldsOf(url, value)
  const { cid, name = '' } = fieldsOf(url, pin)
  const known = PIN_STATUSES.find((one) => one === status)
  if (typeof requestid !== 'string' || requestid === '' || requestid.length > MAX_ID_CHARACTERS)
    throw badAnswer(url, 'requestid')
  if (known === undefined) throw badAnswer(url, 'status')
  if (typeof created !== 'string' || Number.isNaN(Date.parse(created))) throw badAnswer(url, 'created')
  if (typeof cid !== 'string') throw badAnswer(url, 'pin.cid')
  return { requestId: requestid, status: known, created, cid, name: typeof name === 'string' ? name : '' }
}

function fieldsOf(url: URL, value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) throw badAnswer(url, 'no object')
  return value as Record<string, unknown>
}

function pinningFault(url: URL, { status, text }: Answer): TesseraError {
  const reason = /"reason"\s*:\s*"([\w .-]{1,100})"/.exec(text)?.[1] ?? ''
  if (status === 409 || status === 402)
    return new TesseraError('publish/no-funds', `${url.host} will not store more`, {
      hint: 'Pay the service, ask it for more room, or let blobs go earlier with --keep-rounds',
      context: { host: url.host, status, reason },
    })
  return refusal(url, status, reason)
}
