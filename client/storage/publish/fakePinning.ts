// @testonly A pinning service in this process, from the published specification (IPFS Pinning Service API 1.0.0), as strict as it: what
// the schema does not allow is refused. A test moves pins from queued to pinned, and says what goes wrong.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

interface FakePin {
  readonly requestid: string
  status: string
  readonly created: string
  readonly pin: Readonly<Record<string, unknown>>
  readonly delegates: readonly string[]
  readonly info: Readonly<Record<string, string>>
}

const STATUSES = ['queued', 'pinning', 'pinned', 'failed']

export class FakePinning {
  readonly token = 'a secret token'
  readonly pins: FakePin[] = []
  readonly asked: string[] = []
  /** True when the request was dealt with. */
  mishap: (request: IncomingMessage, response: ServerResponse) => boolean = () => false
  /** Most results in a page, whatever is asked. */
  pageSize = 1000
  #made = 0
  readonly #server = createServer((request, response) => {
    this.#answer(request, response).catch((error: unknown) => response.destroy(error as Error))
  })

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/api/v1`
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  /** As if somebody else had asked for it. */
  add(pin: Readonly<Record<string, unknown>>, status = 'queued'): FakePin {
    const made: FakePin = {
      requestid: `request ${this.#made}/é`,
      status,
      created: new Date(1_700_000_000_000 + this.#made * 1000).toISOString(),
      pin,
      delegates: ['/dns4/pins.example/tcp/4001/p2p/12D3KooWExample'],
      info: { extra: 'what a service adds' },
    }
    this.#made++
    this.pins.unshift(made)
    return made
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<unknown> {
    const url = new URL(request.url ?? '', 'http://host')
    this.asked.push(`${request.method} ${url.pathname}`)
    let text = ''
    for await (const piece of request.setEncoding('utf8')) text += piece
    if (this.mishap(request, response)) return
    if (request.headers.authorization !== `Bearer ${this.token}`) return fail(response, 401, 'UNAUTHORIZED')
    const [, rest] = /^\/api\/v1\/pins(?:\/(.+))?$/.exec(url.pathname) ?? []
    if (!url.pathname.startsWith('/api/v1/pins')) return fail(response, 404, 'NOT_FOUND')
    if (rest === undefined) {
      if (request.method === 'GET') return this.#list(response, url.searchParams)
      if (request.method === 'POST') return this.#post(request, response, text)
      return fail(response, 405, 'METHOD_NOT_ALLOWED')
    }
    const at = this.pins.findIndex(({ requestid }) => requestid === decodeURIComponent(rest))
    const pin = this.pins[at]
    if (pin === undefined) return fail(response, 404, 'NOT_FOUND')
    if (request.method === 'GET') return send(response, 200, pin)
    if (request.method !== 'DELETE') return fail(response, 405, 'METHOD_NOT_ALLOWED')
    this.pins.splice(at, 1)
    response.writeHead(202).end()
  }

  #list(response: ServerResponse, query: URLSearchParams): unknown {
    const known = new Set(['cid', 'name', 'match', 'status', 'before', 'after', 'limit', 'meta'])
    const cids = query.get('cid')?.split(',')
    const statuses = query.get('status')?.split(',') ?? ['pinned']
    const limit = Number(query.get('limit') ?? 10)
    const before = query.get('before')
    const fits =
      [...query.keys()].every((name) => known.has(name)) &&
      (cids === undefined || (cids.length <= 10 && cids.every((cid) => /^b[a-z2-7]{58}$/.test(cid)))) &&
      statuses.every((status) => STATUSES.includes(status)) &&
      Number.isInteger(limit) &&
      limit >= 1 &&
      limit <= 1000 &&
      (before === null || /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(before))
    if (!fits) return fail(response, 400, 'BAD_REQUEST')
    const found = this.pins.filter(
      ({ pin, status, created }) =>
        (cids === undefined || cids.includes(String(pin.cid))) &&
        statuses.includes(status) &&
        (before === null || created < before),
    )
    send(response, 200, { count: found.length, results: found.slice(0, Math.min(limit, this.pageSize)) })
  }

  #post(request: IncomingMessage, response: ServerResponse, text: string): unknown {
    const pin = JSON.parse(text) as Record<string, unknown>
    const { cid, name, origins, meta, ...rest } = pin
    const fits =
      request.headers['content-type'] === 'application/json' &&
      typeof cid === 'string' &&
      /^b[a-z2-7]{58}$/.test(cid) &&
      (name === undefined || (typeof name === 'string' && name.length <= 255)) &&
      (origins === undefined ||
        (Array.isArray(origins) &&
          origins.length <= 20 &&
          new Set(origins).size === origins.length &&
          origins.every((one) => typeof one === 'string' && one.startsWith('/')))) &&
      (meta === undefined ||
        (typeof meta === 'object' && meta !== null && Object.values(meta).every((one) => typeof one === 'string'))) &&
      Object.keys(rest).length === 0
    if (!fits) return fail(response, 400, 'BAD_REQUEST')
    send(response, 202, this.add(pin))
  }
}

export function fail(response: ServerResponse, status: number, reason: string): void {
  send(response, status, { error: { reason, details: 'in the words of the service' } })
}

function send(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))
}
