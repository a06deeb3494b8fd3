// How a block is fetched from one source, whatever the means: the trustless gateway protocol, GET {base}/ipfs/{cid}?format=raw. The
// request, and what answers of sources come to as errors. Not the means: httpBlocks.ts for Node, fetchBlocks.ts for browsers.

import { TesseraError } from '@tessera/protocol/errors'
import { errorCode } from './fault.ts'
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

/** Where the block is. */
export function blockUrl({ source, cid }: Pick<BlockRequest, 'source' | 'cid'>): URL {
  return new URL(`${source.base}/ipfs/${cid}?format=raw`)
}

/** @throws `storage/not-found`, `redirect`, `bad-response` */
export function checkStatus(status: number, source: Source): void {
  const context = { source: source.base, status }
  if (status === 404 || status === 410)
    throw new TesseraError('storage/not-found', `${source.base} does not have the block`, { retryable: true, context })
  if (status >= 300 && status < 400)
    throw new TesseraError('storage/redirect', `${source.base} answered with a redirect, which is never followed`, {
      retryable: true,
      hint: 'A gateway has to serve blocks itself, under the URL that is registered',
      context,
    })
  if (status !== 200) throw badBlockResponse(source, { status })
}

export function badBlockResponse(
  source: Source,
  context: { readonly status: number; readonly encoding?: string },
): TesseraError {
  return new TesseraError('storage/bad-response', `${source.base} answered with status ${context.status}`, {
    retryable: true,
    hint: 'The source is overloaded, or is not a trustless gateway',
    context: { source: source.base, ...context },
  })
}

export function tooLong(source: Source, maxBytes: number): TesseraError {
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

export function connectionFault(error: unknown, source: Source): TesseraError {
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
