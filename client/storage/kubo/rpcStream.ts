// The two calls to a Kubo daemon that move whole blocks, over Node's HTTP: kubo-rpc-client takes more memory than the blob that it uploads
// (1.2 GB for 1 GiB), and reads an answer of any length.

import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { badAnswer, callFault, refused } from './kuboFault.ts'

export interface Post {
  /** Of the API, such as `block/get`. */
  readonly call: string
  readonly query: Readonly<Record<string, string>>
  /** Sent as the one file of a form. */
  readonly file?: AsyncIterable<Uint8Array>
  /** A longer answer is none. */
  readonly maxBytes: number
  readonly signal: AbortSignal
}

const BOUNDARY = 'tessera-blob-boundary'
const HEAD = `--${BOUNDARY}\r\ncontent-disposition: form-data; name="file"; filename="blob.car"\r\ncontent-type: application/octet-stream\r\n\r\n`
const TAIL = `\r\n--${BOUNDARY}--\r\n`

export class RpcStream {
  readonly #base: URL
  readonly #headers: Readonly<Record<string, string>>
  readonly #agent: HttpAgent
  readonly #secure: boolean

  /** `base`: the URL of the API, without a slash at the end. */
  constructor(base: URL, headers: Readonly<Record<string, string>>) {
    this.#base = base
    this.#headers = headers
    this.#secure = base.protocol === 'https:'
    this.#agent = new (this.#secure ? HttpsAgent : HttpAgent)({ keepAlive: true, maxSockets: 16 })
  }

  /** The body of the answer. @throws `kubo/unreachable`, `kubo/unauthorized`, `kubo/http`, `kubo/bad-answer`, the signal's reason */
  async post(options: Post): Promise<Uint8Array> {
    const { call, file, signal } = options
    const type = file === undefined ? {} : { 'content-type': `multipart/form-data; boundary=${BOUNDARY}` }
    const request = (this.#secure ? httpsRequest : httpRequest)(this.#url(options), {
      method: 'POST',
      agent: this.#agent,
      headers: { ...this.#headers, ...type },
    })
    const stop = () => request.destroy(callFault(undefined, call, signal))
    signal.addEventListener('abort', stop, { once: true })
    try {
      signal.throwIfAborted()
      const answered = new Promise<IncomingMessage>((resolve, reject) => {
        request.once('response', resolve)
        request.on('error', reject)
      })
      // A daemon that refuses answers before it has read everything; that answer says more than the broken pipe behind it.
      const sent = pipeline(Readable.from(form(file)), request)
      sent.catch(() => {
        // The answer, or the request's own error, tells.
      })
      return await readAnswer(await answered, options)
    } catch (error) {
      throw callFault(error, call, signal)
    } finally {
      signal.removeEventListener('abort', stop)
      if (!request.writableFinished) request.destroy()
    }
  }

  close(): void {
    this.#agent.destroy()
  }

  #url({ call, query }: Post): URL {
    return new URL(`${this.#base.href}/${call}?${new URLSearchParams(query)}`)
  }
}

async function* form(file: AsyncIterable<Uint8Array> | undefined): AsyncGenerator<Uint8Array> {
  if (file === undefined) return
  yield Buffer.from(HEAD)
  yield* file
  yield Buffer.from(TAIL)
}

async function readAnswer(response: IncomingMessage, { call, maxBytes }: Post): Promise<Uint8Array> {
  const status = response.statusCode ?? 0
  const pieces: Uint8Array[] = []
  let length = 0
  for await (const piece of response as AsyncIterable<Uint8Array>) {
    length += piece.length
    if (length > maxBytes) throw badAnswer(call)
    pieces.push(piece)
  }
  const body = Buffer.concat(pieces, length)
  if (status !== 200) throw refused(status, messageOf(body), call)
  // An error in the middle of a streamed answer comes behind it.
  const late = response.trailers['x-stream-error']
  if (late !== undefined) throw refused(500, late, call)
  return body
}

/** Kubo's errors are JSON; a proxy's may be anything. */
function messageOf(body: Buffer): string {
  const text = body.toString('utf8')
  try {
    const { Message } = JSON.parse(text) as { Message?: unknown }
    return typeof Message === 'string' ? Message : text
  } catch {
    // No JSON: the text itself is all there is to show.
    return text
  }
}
