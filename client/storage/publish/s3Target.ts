// Publishes blobs as objects of a bucket, one for each block under `ipfs/{cid}`: a plain GET of the bucket's public address is then what
// any trustless gateway answers, so that readers need to know nothing of buckets. Deletes them with their round, since storage is paid for.
// DANGER: a bucket is sent blobs before commits close. That is safe only while nobody can find what nobody has named yet, so a bucket
// that can be listed is refused.

import { isTesseraError, TesseraError } from '@tessera/protocol/errors'
import { type BlobRef, cidOf, digestOf, RAW_CODEC } from '../blobRef.ts'
import type { BlockStore } from '../blockStore.ts'
import { type DagProfile, MAX_BLOCK_BYTES, PROFILE } from '../dagShape.ts'
import type { Source } from '../source.ts'
import { type Span, startSpan, type Timer } from '../timer.ts'
import type { Transport } from '../transport.ts'
import type { Book } from './book.ts'
import { timedOut } from './exchange.ts'
import { blocksOf } from './localBlob.ts'
import type { S3Bucket } from './s3Bucket.ts'
import { forAll, S3Objects } from './s3Objects.ts'
import type { Job, Outcome, Publication, Spread, Target } from './target.ts'

export interface S3TargetOptions {
  readonly bucket: S3Bucket
  readonly book: Book
  readonly blocks: Pick<BlockStore, 'get'>
  /** Where everyone reads the objects. */
  readonly publicUrl: Source
  /** Reads there as other nodes do. */
  readonly transport: Pick<Transport, 'fetchBlock'>
  readonly timer: Timer
  /** Objects under way at a time. */
  readonly concurrency: number
  /** Another text each time, for an object that no cache has seen. */
  readonly nonce: () => string
  /** Told of trouble with blocks that went ahead of their blob; the blob takes them along again. */
  readonly onSpreadFailure: (error: unknown) => void
  readonly profile?: DagProfile
}

const READ_TIMEOUT_MS = 30_000
/** A blob has this long, and a second more for each of these bytes. */
const LEAST_DEADLINE_MS = 120_000
const SLOWEST_BYTES_PER_SECOND = 32_768

export class S3Target implements Target {
  readonly name = 's3'
  readonly isForeign = false
  readonly #options: S3TargetOptions
  readonly #objects: S3Objects

  constructor(options: S3TargetOptions) {
    this.#options = options
    this.#objects = new S3Objects(options)
  }

  wants(): boolean {
    return true
  }

  /**
   * Puts an object, reads it where others will, and deletes it.
   * @throws `publish/listable`, `publish/not-readable`, and what the bucket throws
   */
  async check(signal: AbortSignal): Promise<void> {
    const { bucket, nonce } = this.#options
    if (await bucket.isListable(signal)) throw listable()
    const bytes = new TextEncoder().encode(`An object to see whether it can be read. It may be deleted. ${nonce()}`)
    const ref = { digest: digestOf(bytes), size: bytes.length }
    const probe = { get: () => Promise.resolve(bytes) }
    await this.#objects.put({ digest: ref.digest, codec: RAW_CODEC }, { round: 0, keep: false }, probe, signal)
    await this.#readBack(ref, signal)
    await this.#objects.delete(cidOf(ref).toString(), signal)
  }

  async publish({ ref, round, keep }: Job, signal: AbortSignal): Promise<Outcome> {
    const { blocks, profile = PROFILE } = this.#options
    await this.#within(ref.size, signal, async (span) => {
      const all = blocksOf({ ref, blocks, profile })
      await forAll(all, span, (block) => this.#objects.put(block, { round, keep }, blocks, span.signal))
      try {
        await this.#readBack(ref, span.signal)
      } catch (error) {
        // Emptied behind our back: all of it goes there again next time.
        if (isTesseraError(error, 'publish/not-readable'))
          for await (const block of blocksOf({ ref, blocks, profile })) this.#objects.doubt(block)
        throw error
      }
    })
    return { done: true, note: '' }
  }

  /** Deletes every object that no round after the blob's needs: also those of puts that came to nothing. */
  async remove({ round }: Job, signal: AbortSignal): Promise<void> {
    await this.#within(0, signal, (span) => {
      return forAll(this.#options.book.objectsUpTo(round), span, (cid) => this.#objects.delete(cid, span.signal))
    })
  }

  spread(about: Omit<Publication, 'ref'>, closing: AbortSignal): Spread {
    const { blocks, onSpreadFailure } = this.#options
    const stopped = new AbortController()
    const signal = AbortSignal.any([closing, stopped.signal])
    return {
      block: (block) => {
        if (signal.aborted) return
        this.#objects.put(block, about, blocks, signal).catch((error: unknown) => {
          if (signal.aborted) return
          // Said once for a blob.
          stopped.abort()
          onSpreadFailure(error)
        })
      },
      stop: () => stopped.abort(),
    }
  }

  async #within(bytes: number, signal: AbortSignal, work: (span: Span) => Promise<void>): Promise<void> {
    const { timer, publicUrl } = this.#options
    const ms = LEAST_DEADLINE_MS + Math.ceil(bytes / SLOWEST_BYTES_PER_SECOND) * 1_000
    const span = startSpan(timer, ms, () => timedOut(new URL(publicUrl.base), ms), signal)
    try {
      await work(span)
    } finally {
      span.close()
    }
  }

  /** Reads a blob's root from where other nodes will. @throws `publish/not-readable` */
  async #readBack(ref: BlobRef, signal: AbortSignal): Promise<void> {
    const { publicUrl, transport, timer, profile = PROFILE } = this.#options
    const cid = cidOf(ref, profile).toString()
    const url = new URL(publicUrl.base)
    await this.#objects.patiently(async () => {
      const span = startSpan(timer, READ_TIMEOUT_MS, () => timedOut(url, READ_TIMEOUT_MS), signal)
      try {
        const request = { source: publicUrl, cid, maxBytes: MAX_BLOCK_BYTES, signal: span.signal }
        const bytes = await transport.fetchBlock(request)
        if (digestOf(bytes) !== ref.digest) throw notReadable(url, 'other bytes', undefined)
      } catch (error) {
        throw isRefusal(error) ? notReadable(url, error.code, error) : error
      } finally {
        span.close()
      }
    }, signal)
  }
}

/** An answer, and not the one there should be; all else is a line or a server that is down. */
function isRefusal(error: unknown): error is TesseraError {
  if (!isTesseraError(error)) return false
  if (error.code === 'storage/bad-response') return Number(error.context.status) < 500
  return ['storage/not-found', 'storage/redirect', 'storage/private-address', 'storage/block-too-large'].includes(
    error.code,
  )
}

function notReadable(url: URL, reason: string, cause: unknown): TesseraError {
  return new TesseraError(
    'publish/not-readable',
    `what was put into the bucket cannot be read at ${url.href} (${reason})`,
    {
      hint: 'Let everyone read the objects, but not list them, and give the public address with --publish-s3-url',
      context: { url: url.href, reason },
      cause,
    },
  )
}

function listable(): TesseraError {
  return new TesseraError('publish/listable', 'anybody may list what is in the bucket', {
    hint: 'Allow everyone to read objects only (s3:GetObject): with a list, others could copy a contribution before commits close',
  })
}
