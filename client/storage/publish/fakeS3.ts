// @testonly An S3 server in this process, as strict as the protocol: signatures (version 4) and content hashes are worked out anew.
// Keeps objects in memory; a test says what goes wrong.

import { createHash, createHmac } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { S3Credentials } from './s3Bucket.ts'

export interface FakeS3Options {
  readonly bucket?: string
  readonly region?: string
  /** Everyone may read objects. */
  isPublic?: boolean
  isListable?: boolean
  /** Milliseconds since the epoch. */
  now?: () => number
}

/** What a test puts in the way of a request: true when it was dealt with. */
export type Mishap = (request: IncomingMessage, response: ServerResponse, body: Buffer) => boolean

export const S3_CREDENTIALS: S3Credentials = { keyId: 'TESTKEY', secret: 'test/secret+with=signs' }

export class FakeS3 {
  readonly objects = new Map<string, { readonly bytes: Buffer; readonly headers: Readonly<Record<string, unknown>> }>()
  /** `METHOD /path`, in order. */
  readonly asked: string[] = []
  readonly options: Required<FakeS3Options>
  mishap: Mishap = () => false
  /** Most PUTs that were under way at a time. */
  mostPuts = 0
  #puts = 0
  readonly #server = createServer((request, response) => {
    this.#answer(request, response).catch((error: unknown) => response.destroy(error as Error))
  })

  constructor(options: FakeS3Options = {}) {
    this.options = {
      bucket: 'blobs',
      region: 'us-east-1',
      isPublic: true,
      isListable: false,
      now: Date.now,
      ...options,
    }
  }

  /** `http://127.0.0.1:port/bucket` */
  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/${this.options.bucket}`
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  count(method: string): number {
    return this.asked.filter((line) => line.startsWith(`${method} `)).length
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '', 'http://host')
    this.asked.push(`${request.method} ${url.pathname}`)
    const isPut = request.method === 'PUT'
    if (isPut) this.mostPuts = Math.max(this.mostPuts, ++this.#puts)
    response.on('close', () => {
      if (isPut) this.#puts--
    })
    const pieces: Buffer[] = []
    for await (const piece of request as AsyncIterable<Buffer>) pieces.push(piece)
    const body = Buffer.concat(pieces)
    if (!this.mishap(request, response, body)) this.#serve(request, response, url, body)
  }

  #serve(request: IncomingMessage, response: ServerResponse, url: URL, body: Buffer): unknown {
    const { bucket, isPublic, isListable } = this.options
    const [, first, ...rest] = url.pathname.split('/')
    const key = rest.join('/')
    if (request.headers.authorization === undefined) {
      if (request.method !== 'GET') return refuse(response, 403, 'AccessDenied')
      if (key === '') return isListable ? send(response, '<ListBucketResult/>') : refuse(response, 403, 'AccessDenied')
      if (!isPublic) return refuse(response, 403, 'AccessDenied')
    } else {
      const fault = this.#fault(request, url, body)
      if (fault !== undefined) return refuse(response, ...fault)
    }
    if (first !== bucket) return refuse(response, 404, 'NoSuchBucket')
    if (request.method === 'PUT') {
      this.objects.set(key, { bytes: body, headers: request.headers })
      response.writeHead(200).end()
    } else if (request.method === 'DELETE') {
      this.objects.delete(key)
      response.writeHead(204).end()
    } else {
      const found = this.objects.get(key)
      if (found === undefined) return refuse(response, 404, 'NoSuchKey')
      response.writeHead(200, { 'content-type': String(found.headers['content-type']) }).end(found.bytes)
    }
  }

  #fault(request: IncomingMessage, url: URL, body: Buffer): [number, string] | undefined {
    const { keyId, secret } = S3_CREDENTIALS
    const header = /^AWS4-HMAC-SHA256 Credential=([^,]+), SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/.exec(
      request.headers.authorization ?? '',
    )
    if (header === null) return [400, 'AuthorizationHeaderMalformed']
    const [, credential = '', signedHeaders = '', signature = ''] = header
    const [id, day, region, service, end] = credential.split('/')
    if (id !== keyId) return [403, 'InvalidAccessKeyId']
    if (region !== this.options.region) return [400, 'AuthorizationHeaderMalformed']
    const date = String(request.headers['x-amz-date'])
    const at = Date.parse(date.replace(/^(....)(..)(..T..)(..)(..Z)$/, '$1-$2-$3:$4:$5'))
    if (!(Math.abs(at - this.options.now()) < 900_000)) return [403, 'RequestTimeTooSkewed']
    const stated = String(request.headers['x-amz-content-sha256'])
    const names = signedHeaders.split(';')
    if (!['host', 'x-amz-date', 'x-amz-content-sha256'].every((name) => names.includes(name)))
      return [403, 'SignatureDoesNotMatch']
    const headers = names.map((name) => `${name}:${String(request.headers[name]).trim()}\n`).join('')
    const canonical = [request.method, url.pathname, url.search.slice(1), headers, signedHeaders, stated].join('\n')
    const scope = [day, region, service, end].join('/')
    const toSign = ['AWS4-HMAC-SHA256', date, scope, sha256(canonical)].join('\n')
    const key = [day, region, service, end].reduce<string | Buffer>((k, part) => hmac(k, String(part)), `AWS4${secret}`)
    if (hmac(key, toSign).toString('hex') !== signature) return [403, 'SignatureDoesNotMatch']
    if (sha256(body) !== stated) return [400, 'XAmzContentSHA256Mismatch']
    return undefined
  }
}

export function refuse(response: ServerResponse, status: number, code: string): void {
  response.writeHead(status, { 'content-type': 'application/xml' })
  response.end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>no</Message></Error>`)
}

function send(response: ServerResponse, text: string): void {
  response.writeHead(200, { 'content-type': 'application/xml' }).end(text)
}

function sha256(bytes: string | Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}
