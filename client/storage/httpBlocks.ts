// Fetches one block, or what there is of a tree, from one source over Node's HTTP.
// Bounds what is read and refuses redirects; it does not check the hash and never tries twice (verifiedFetcher.ts does both).

import { Agent as HttpAgent, request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { guardedLookup, type Resolve } from './addressGuard.ts'
import type { Memory } from './blockBuffers.ts'
import { abortFault } from './fault.ts'
import {
  type AnswerHead,
  type BlockRequest,
  blockUrl,
  checkEncoding,
  checkStatus,
  connectionFault,
  HAVE_TYPE,
  holdingsIn,
  RAW_TYPE,
  type Transport,
  tooLong,
} from './transport.ts'

export interface HttpBlocksOptions {
  readonly allowLoopback: boolean
  readonly resolve?: Resolve | undefined
}

const newMemory: Memory = (length) => new Uint8Array(length)

const MAX_HEADER_BYTES = 8192

export class HttpBlocks implements Transport {
  readonly #http: HttpAgent
  readonly #https: HttpsAgent

  constructor(options: HttpBlocksOptions) {
    const agent = { keepAlive: true, maxFreeSockets: 16, lookup: guardedLookup(options.allowLoopback, options.resolve) }
    this.#http = new HttpAgent(agent)
    this.#https = new HttpsAgent(agent)
  }

  fetchBlock(request: BlockRequest): Promise<Uint8Array> {
    return this.#ask(request, blockUrl(request), RAW_TYPE, (response) => {
      checkStatus(headOf(response), request.source)
      return readBody(response, request)
    })
  }

  fetchHoldings(request: BlockRequest): Promise<Uint8Array | undefined> {
    return this.#ask(request, blockUrl(request, 'have'), HAVE_TYPE, async (response) => {
      const there = holdingsIn(headOf(response), request.source)
      if (there === 'some') return await readBody(response, request)
      response.destroy()
      return there === 'none' ? new Uint8Array() : undefined
    })
  }

  #ask<T>(
    { source, signal }: BlockRequest,
    url: URL,
    accept: string,
    read: (response: IncomingMessage) => Promise<T>,
  ): Promise<T> {
    const secure = url.protocol === 'https:'
    const options: RequestOptions = {
      agent: secure ? this.#https : this.#http,
      // No other headers: no cookies, no credentials, no referrer. Identity, or the length says nothing about the block.
      headers: { accept, 'accept-encoding': 'identity' },
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
        Promise.resolve()
          .then(() => read(response))
          .then(
            (answer) => settle(() => resolve(answer)),
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

/** By events and to one piece of memory: of the pieces that come, nothing is kept. */
function readBody(response: IncomingMessage, request: BlockRequest): Promise<Uint8Array> {
  const { source, maxBytes, memory = newMemory, onBytes } = request
  checkEncoding(headOf(response), source)
  const stated = response.headers['content-length']
  if (stated !== undefined && Number(stated) > maxBytes) throw tooLong(source, maxBytes)
  const bytes = memory(stated === undefined ? maxBytes : Number(stated))
  let length = 0
  return new Promise((resolve, reject) => {
    response.on('data', (piece: Uint8Array) => {
      if (length + piece.length > bytes.length) return reject(tooLong(source, maxBytes))
      bytes.set(piece, length)
      length += piece.length
      const wait = onBytes?.(piece.length)
      if (wait === undefined) return
      response.pause()
      wait.then(() => response.resume(), reject)
    })
    response.on('end', () => resolve(bytes.subarray(0, length)))
    response.on('error', (error) => reject(connectionFault(error, source)))
  })
}

function headOf({ statusCode = 0, headers }: IncomingMessage): AnswerHead {
  const header = (name: string): string | undefined => {
    const value = headers[name]
    return typeof value === 'string' ? value : value?.[0]
  }
  return { status: statusCode, header }
}
