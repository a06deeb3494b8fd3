// Fetches one block from one source by the trustless gateway protocol: GET {base}/ipfs/{cid}?format=raw.
// Bounds what is read and refuses redirects; it does not check the hash and never tries twice (verifiedFetcher.ts does both).

import { Agent as HttpAgent, request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { TesseraError } from '@tessera/protocol/errors'
import { guardedLookup, type Resolve } from './addressGuard.ts'
import { abortFault, errorCode } from './fault.ts'
import type { Source } from './source.ts'

export interface BlockRequest {
  readonly source: Source
  readonly cid: string
  /** The answer is cut off beyond this many bytes. */
  readonly maxBytes: number
  readonly signal: AbortSignal
}

/** One attempt to get a block. Simulations pass one that needs no network. */
export interface Transport {
  /** @throws `storage/not-found`, `redirect`, `bad-response`, `block-too-large`, `unreachable`, `private-address`, or the signal's reason */
  fetchBlock(request: BlockRequest): Promise<Uint8Array>
  /** Ends idle connections. */
  close(): void
}

export interface HttpBlocksOptions {
  readonly allowLoopback: boolean
  readonly resolve?: Resolve | undefined
}

const MAX_HEADER_BYTES = 8192

export class HttpBlocks implements Transport {
  readonly #http: HttpAgent
  readonly #https: HttpsAgent

  constructor(options: HttpBlocksOptions) {
    const agent = { keepAlive: true, maxFreeSockets: 16, lookup: guardedLookup(options.allowLoopback, options.resolve) }
    this.#http = new HttpAgent(agent)
    this.#https = new HttpsAgent(agent)
  }

  fetchBlock({ source, cid, maxBytes, signal }: BlockRequest): Promise<Uint8Array> {
    const url = new URL(`${source.base}/ipfs/${cid}?format=raw`)
    const secure = url.protocol === 'https:'
    const options: RequestOptions = {
      agent: secure ? this.#https : this.#http,
      // No other headers: no cookies, no credentials, no referrer. Identity, or the length says nothing about the block.
      headers: { accept: 'application/vnd.ipld.raw', 'accept-encoding': 'identity' },
      maxHeaderSize: MAX_HEADER_BYTES,
    }
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(abortFault(signal))
      const request = (secure ? httpsRequest : httpRequest)(url, options)
      const onAbort = () => request.destroy(abortFault(signal))
      const settle = (end: () => void) => {
        signal.removeEventListener('abort', onAbort)
        end()
      }
      signal.addEventListener('abort', onAbort, { once: true })
      request.on('error', (error) => settle(() => reject(connectionFault(error, source))))
      request.on('response', (response) => {
        readBlock(response, source, maxBytes).then(
          (bytes) => settle(() => resolve(bytes)),
          (error) => {
            settle(() => reject(signal.aborted ? abortFault(signal) : error))
            request.destroy()
          },
        )
      })
      request.end()
    })
  }

  close(): void {
    this.#http.destroy()
    this.#https.destroy()
  }
}

async function readBlock(response: IncomingMessage, source: Source, maxBytes: number): Promise<Uint8Array> {
  checkHead(response, source)
  const stated = response.headers['content-length']
  if (stated !== undefined && Number(stated) > maxBytes) throw tooLong(source, maxBytes)
  const pieces: Uint8Array[] = []
  let length = 0
  try {
    for await (const piece of response as AsyncIterable<Uint8Array>) {
      length += piece.length
      if (length > maxBytes) throw tooLong(source, maxBytes)
      pieces.push(piece)
    }
  } catch (error) {
    throw connectionFault(error, source)
  }
  return Buffer.concat(pieces, length)
}

function checkHead(response: IncomingMessage, source: Source): void {
  const status = response.statusCode ?? 0
  const context = { source: source.base, status }
  if (status === 404 || status === 410)
    throw new TesseraError('storage/not-found', `${source.base} does not have the block`, { retryable: true, context })
  if (status >= 300 && status < 400)
    throw new TesseraError('storage/redirect', `${source.base} answered with a redirect, which is never followed`, {
      retryable: true,
      hint: 'A gateway has to serve blocks itself, under the URL that is registered',
      context,
    })
  const encoding = response.headers['content-encoding']
  if (status !== 200 || (encoding !== undefined && encoding !== 'identity'))
    throw new TesseraError('storage/bad-response', `${source.base} answered with status ${status}`, {
      retryable: true,
      hint: 'The source is overloaded, or is not a trustless gateway',
      context: { ...context, encoding },
    })
}

function tooLong(source: Source, maxBytes: number): TesseraError {
  return new TesseraError(
    'storage/block-too-large',
    `${source.base} sent more than the ${maxBytes} bytes of any block`,
    {
      retryable: true,
      hint: 'The source is broken or hostile',
      context: { source: source.base, maxBytes },
    },
  )
}

function connectionFault(error: unknown, source: Source): TesseraError {
  if (error instanceof TesseraError) return error
  const reason = errorCode(error)
  return new TesseraError(
    'storage/unreachable',
    `no answer from ${source.base}${reason === undefined ? '' : ` (${reason})`}`,
    {
      retryable: true,
      hint: 'The node may be down, its name or certificate wrong, or this machine offline',
      context: { source: source.base, reason },
      cause: error,
    },
  )
}
