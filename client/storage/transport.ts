// How a block is fetched from one source, whatever the means: the trustless gateway protocol, GET {base}/ipfs/{cid}?format=raw. The
// request, and what answers of sources come to as errors. Not the means: httpBlocks.ts for Node, fetchBlocks.ts for browsers.

import { TesseraError } from '@tessera/protocol/errors'
import type { Memory } from './blockBuffers.ts'
import { errorCode } from './fault.ts'
import type { Source } from './source.ts'

export interface BlockRequest {
  readonly source: Source
  readonly cid: string
  /** The answer is cut off beyond this many bytes. */
  readonly maxBytes: number
  readonly signal: AbortSignal
  /** Where the answer is read to. Not every transport makes use of it. */
  readonly memory?: Memory | undefined
  /** Told of the bytes as they come, so that progress can be watched. If it gives a promise, no more is read before that resolves. */
  readonly onBytes?: ((bytes: number) => Promise<void> | undefined) | undefined
}

/** Means to reach sources. Simulations pass one that needs no network. */
export interface Transport {
  /**
   * One attempt to get a block.
   * @throws `storage/not-found`, `busy`, `redirect`, `bad-response`, `block-too-large`, `unreachable`, `private-address`, or the signal's
   * reason
   */
  fetchBlock(request: BlockRequest): Promise<Uint8Array>
  /**
   * Which leaves of the tree under `cid` the source has (transfer/bitfield.ts); empty: none of them, or not even its root. Undefined when
   * it does not know the question, as other gateways and static servers do not.
   * @throws as fetchBlock
   */
  fetchHoldings?(request: BlockRequest): Promise<Uint8Array | undefined>
  /** Ends idle connections. */
  close(): void
}

/** Content type of one block. */
export const RAW_TYPE = 'application/vnd.ipld.raw'
/** Content type of a bitfield of leaves. */
export const HAVE_TYPE = 'application/vnd.tessera.have'

/** Where the block is, or what is there of the tree below it. */
export function blockUrl({ source, cid }: Pick<BlockRequest, 'source' | 'cid'>, format: 'raw' | 'have' = 'raw'): URL {
  return new URL(`${source.base}/ipfs/${cid}?format=${format}`)
}

/** The head of an answer, from whatever means. */
export interface AnswerHead {
  readonly status: number
  readonly header: (name: string) => string | undefined
}

/** @throws `storage/not-found`, `busy`, `redirect`, `bad-response` */
export function checkStatus({ status, header }: AnswerHead, source: Source): void {
  const context = { source: source.base, status }
  const retryAfterMs = Number(header('retry-after')) * 1_000
  // Without the header it is a failure like any other.
  if ((status === 503 || status === 429) && retryAfterMs >= 0)
    throw new TesseraError('storage/busy', `${source.base} asks to be asked again later`, {
      retryable: true,
      hint: 'Too many read from it at a time; other sources are asked meanwhile',
      context: { ...context, retryAfterMs },
    })
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

/** @throws `storage/bad-response` when the bytes to come are not those that were asked for */
export function checkEncoding({ status, header }: AnswerHead, source: Source): void {
  const encoding = header('content-encoding')
  if (encoding !== undefined && encoding !== 'identity') throw badBlockResponse(source, { status, encoding })
}

/** What an answer to the question for holdings is worth: bytes to read, none there, or no answer to that question. */
export function holdingsIn({ status, header }: AnswerHead, source: Source): 'some' | 'none' | 'unknown' {
  if (status === 204) return 'none'
  if (status === 400 || status === 404 || status === 406 || status === 410) return 'unknown'
  checkStatus({ status, header }, source)
  // A static server has not looked at the query and sends the block itself.
  return header('content-type') === HAVE_TYPE ? 'some' : 'unknown'
}

function badBlockResponse(
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
