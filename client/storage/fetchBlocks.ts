// Fetches one block, or what there is of a tree, from one source by `fetch`, for browsers. Sends no cookies, credentials or referrer, follows no redirect, and stops
// reading beyond the longest block. A browser unpacks compressed answers by itself: what counts is the hash, which is checked later
// (verifiedFetcher.ts).

import { abortFault } from './fault.ts'
import {
  type AnswerHead,
  type BlockRequest,
  blockUrl,
  checkStatus,
  connectionFault,
  holdingsIn,
  type Transport,
  tooLong,
} from './transport.ts'

export class FetchBlocks implements Transport {
  readonly #fetch: typeof fetch

  constructor(fetchWith: typeof fetch = (input, init) => fetch(input, init)) {
    this.#fetch = fetchWith
  }

  fetchBlock(request: BlockRequest): Promise<Uint8Array> {
    return this.#ask(request, blockUrl(request), (response) => {
      checkStatus(headOf(response), request.source)
      return readBody(response, request)
    })
  }

  fetchHoldings(request: BlockRequest): Promise<Uint8Array | undefined> {
    return this.#ask(request, blockUrl(request, 'have'), async (response) => {
      const there = holdingsIn(headOf(response), request.source)
      if (there === 'some') return await readBody(response, request)
      // Lets go of the connection, as below.
      response.body?.cancel().catch(() => undefined)
      return there === 'none' ? new Uint8Array() : undefined
    })
  }

  async #ask<T>({ source, signal }: BlockRequest, url: URL, read: (response: Response) => Promise<T>): Promise<T> {
    if (signal.aborted) throw abortFault(signal)
    try {
      const response = await this.#fetch(url, {
        credentials: 'omit',
        redirect: 'manual',
        referrerPolicy: 'no-referrer',
        signal,
      })
      return await read(response)
    } catch (error) {
      throw signal.aborted ? abortFault(signal) : connectionFault(error, source)
    }
  }

  close(): void {
    // The browser keeps connections, and ends them.
  }
}

function headOf({ type, status, headers }: Response): AnswerHead {
  // What a browser shows of a redirect that it was told not to follow.
  return { status: type === 'opaqueredirect' ? 302 : status, header: (name) => headers.get(name) ?? undefined }
}

async function readBody({ body, headers }: Response, { source, maxBytes, onBytes }: BlockRequest): Promise<Uint8Array> {
  if (Number(headers.get('content-length') ?? 0) > maxBytes) throw tooLong(source, maxBytes)
  const pieces: Uint8Array[] = []
  let length = 0
  const reader = body?.getReader()
  for (let piece = await reader?.read(); piece !== undefined && !piece.done; piece = await reader?.read()) {
    length += piece.value.length
    if (length > maxBytes) {
      // Lets go of the connection; what comes of it is nobody's concern any more.
      reader?.cancel().catch(() => undefined)
      throw tooLong(source, maxBytes)
    }
    pieces.push(piece.value)
    await onBytes?.(piece.value.length)
  }
  const bytes = new Uint8Array(length)
  let at = 0
  for (const piece of pieces) {
    bytes.set(piece, at)
    at += piece.length
  }
  return bytes
}
