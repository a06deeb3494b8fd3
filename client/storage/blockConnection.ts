// One connection to one gateway, one block at a time, read straight to where the block is kept. Node's HTTP copies each piece of a body to
// memory of its own: at the rates of blobs the garbage collector then works more than the hash. Which connection is used for what:
// directBlocks.ts.

import { connect as connectPlainly, isIP, type LookupFunction, type Socket } from 'node:net'
import { type ConnectionOptions, connect as connectSecurely } from 'node:tls'
import { type DirectHead, parseAnswerHead } from './answerHead.ts'

const PIECE_BYTES = 2 ** 16
const MAX_HEAD_BYTES = 8192
const END_OF_HEAD = Buffer.from('\r\n\r\n')

/** What an answer is read to, and by whom. */
export interface AnswerReader {
  /** Of a head that is complete: where the body goes, or undefined if nobody wants it. What it throws ends the request. */
  readonly begin: (head: DirectHead) => Uint8Array | undefined
  /** So many bytes have come. If it gives a promise, no more is read before that resolves. */
  readonly came: (bytes: number) => Promise<void> | undefined
}

interface Request extends AnswerReader {
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
  head: DirectHead | undefined
  body: Uint8Array | undefined
  length: number
}

export interface ConnectionTarget {
  readonly url: URL
  readonly lookup: LookupFunction
  /** For tests: how to know the other side. */
  readonly tls?: ConnectionOptions | undefined
}

/** The answer is not of the form that is read here. */
export class UnknownForm extends Error {}

export class BlockConnection {
  readonly #socket: Socket
  #request: Request | undefined
  #head = Buffer.alloc(0)
  #isUsable = true
  /** Whether any byte has come since the last request was sent. */
  #hasHeard = false

  constructor({ url, lookup, tls }: ConnectionTarget) {
    const host = url.hostname.replace(/^\[|\]$/g, '')
    const secure = url.protocol === 'https:'
    const port = Number(url.port || (secure ? 443 : 80))
    const onread = {
      buffer: new Uint8Array(PIECE_BYTES),
      callback: (n: number, piece: Uint8Array) => this.#hear(n, piece),
    }
    const options = { host, port, lookup, onread, noDelay: true }
    // Options of `net` are passed on by `tls`, which its types do not say of `onread`.
    const secured = {
      ...options,
      ...(isIP(host) === 0 ? { servername: host } : {}),
      ALPNProtocols: ['http/1.1'],
      ...tls,
    }
    this.#socket = secure ? connectSecurely(secured as ConnectionOptions) : connectPlainly(options)
    this.#socket.on('error', (error) => this.#end(error))
    this.#socket.on('end', () => this.#end(new Error('the connection ended')))
    this.#socket.on('close', () => this.#end(new Error('the connection was closed')))
  }

  /** May be asked for another block. */
  get isUsable(): boolean {
    return this.#isUsable && this.#request === undefined
  }

  /** Nothing has come in answer to the last request: it may have met the end of a connection that was idle. */
  get isUnheard(): boolean {
    return !this.#hasHeard
  }

  /** Resolves once the body is complete. @throws `UnknownForm`, what `reader` throws, and what the connection fails of */
  ask(url: URL, accept: string, reader: AnswerReader): Promise<void> {
    this.#hasHeard = false
    this.#socket.ref()
    return new Promise((resolve, reject) => {
      this.#request = { ...reader, resolve, reject, head: undefined, body: undefined, length: 0 }
      // No other headers: no cookies, no credentials, no referrer. Identity, or the length says nothing about the block.
      this.#socket.write(
        `GET ${url.pathname}${url.search} HTTP/1.1\r\nhost: ${url.host}\r\naccept: ${accept}\r\naccept-encoding: identity\r\n\r\n`,
        'latin1',
      )
    })
  }

  /** Ends it, and the request under way with `reason`. */
  destroy(reason: unknown): void {
    this.#end(reason)
  }

  /** False stops reading. */
  #hear(length: number, piece: Uint8Array): boolean {
    this.#hasHeard = true
    const request = this.#request
    const bytes = piece.subarray(0, length)
    try {
      if (request === undefined) throw new Error('bytes that nobody asked for')
      const body = request.head === undefined ? this.#readHead(request, bytes) : bytes
      if (body === undefined) return true
      this.#readBody(request, body)
      const wait = request.came(body.length)
      if (wait === undefined) {
        this.#finish(request)
        return true
      }
      wait.then(
        () => {
          this.#finish(request)
          this.#socket.resume()
        },
        (error) => this.#end(error),
      )
    } catch (error) {
      this.#end(error)
    }
    return false
  }

  /** The beginning of the body, once the head is complete. */
  #readHead(request: Request, bytes: Uint8Array): Uint8Array | undefined {
    this.#head = Buffer.concat([this.#head, bytes])
    const end = this.#head.indexOf(END_OF_HEAD)
    if (end < 0 ? this.#head.length > MAX_HEAD_BYTES : end > MAX_HEAD_BYTES) throw new Error('the head is too long')
    if (end < 0) return undefined
    const head = parseAnswerHead(this.#head.toString('latin1', 0, end))
    const rest = this.#head.subarray(end + END_OF_HEAD.length)
    this.#head = Buffer.alloc(0)
    if (head === undefined) throw new UnknownForm('not a plain answer of HTTP/1.1')
    request.head = head
    request.body = request.begin(head)
    return rest
  }

  #readBody(request: Request, bytes: Uint8Array): void {
    const { head, body, length } = request
    if (length + bytes.length > (head?.bodyBytes ?? 0)) throw new Error('more came than was announced')
    body?.set(bytes, length)
    request.length += bytes.length
  }

  /** If that was all of the body. */
  #finish(request: Request): void {
    const { head, length } = request
    if (length < (head?.bodyBytes ?? 0) || this.#request !== request) return
    this.#request = undefined
    this.#isUsable &&= head?.isKept === true
    // Idle, it keeps no program alive.
    if (this.#isUsable) this.#socket.unref()
    else this.#socket.destroy()
    request.resolve()
  }

  #end(reason: unknown): void {
    this.#isUsable = false
    const request = this.#request
    this.#request = undefined
    this.#socket.destroy()
    request?.reject(reason)
  }
}
