// Fetches one block from one source by `fetch`, for browsers. Sends no cookies, credentials or referrer, follows no redirect, and stops
// reading beyond the longest block. A browser unpacks compressed answers by itself: what counts is the hash, which is checked later
// (verifiedFetcher.ts).

import { abortFault } from './fault.ts'
import type { Source } from './source.ts'
import { type BlockRequest, blockUrl, checkStatus, connectionFault, type Transport, tooLong } from './transport.ts'

export class FetchBlocks implements Transport {
  readonly #fetch: typeof fetch

  constructor(fetchWith: typeof fetch = (input, init) => fetch(input, init)) {
    this.#fetch = fetchWith
  }

  async fetchBlock({ source, cid, maxBytes, signal }: BlockRequest): Promise<Uint8Array> {
    if (signal.aborted) throw abortFault(signal)
    try {
      const response = await this.#fetch(blockUrl({ source, cid }), {
        credentials: 'omit',
        redirect: 'manual',
        referrerPolicy: 'no-referrer',
        signal,
      })
      // What a browser shows of a redirect that it was told not to follow.
      checkStatus(response.type === 'opaqueredirect' ? 302 : response.status, source)
      if (Number(response.headers.get('content-length') ?? 0) > maxBytes) throw tooLong(source, maxBytes)
      return await readBody(response, source, maxBytes)
    } catch (error) {
      throw signal.aborted ? abortFault(signal) : connectionFault(error, source)
    }
  }

  close(): void {
    // The browser keeps connections, and ends them.
  }
}

async function readBody({ body }: Response, source: Source, maxBytes: number): Promise<Uint8Array> {
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
  }
  const bytes = new Uint8Array(length)
  let at = 0
  for (const piece of pieces) {
    bytes.set(piece, at)
    at += piece.length
  }
  return bytes
}
