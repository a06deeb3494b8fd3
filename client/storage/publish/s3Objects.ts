// The objects of a bucket that stand for blocks: each noted in the book before it is sent, sent once however many blobs want it at a
// time, several at a time, each tried a few times. Not which blocks and when (s3Target.ts).

import { isTesseraError } from '@tessera/protocol/errors'
import { cidOfBlock } from '../blobRef.ts'
import type { PutBlock } from '../blobStore.ts'
import type { BlockStore } from '../blockStore.ts'
import { Slots } from '../slots.ts'
import type { Span, Timer } from '../timer.ts'
import type { Book } from './book.ts'
import { blockHere } from './localBlob.ts'
import type { S3Bucket } from './s3Bucket.ts'
import type { Publication } from './target.ts'

export interface S3ObjectsOptions {
  readonly bucket: Pick<S3Bucket, 'put' | 'delete'>
  readonly book: Book
  readonly timer: Timer
  /** Objects under way at a time, and so blocks in memory. */
  readonly concurrency: number
}

const HEADERS = { 'content-type': 'application/vnd.ipld.raw', 'cache-control': 'public, max-age=29030400, immutable' }
const TRIES = 4
const FIRST_WAIT_MS = 250

export class S3Objects {
  readonly #options: S3ObjectsOptions
  readonly #slots: Slots
  readonly #underWay = new Map<string, Promise<void>>()

  constructor(options: S3ObjectsOptions) {
    this.#options = options
    this.#slots = new Slots(options.concurrency)
  }

  /** Puts a block unless it is there. */
  async put(
    block: PutBlock,
    about: Omit<Publication, 'ref'>,
    blocks: Pick<BlockStore, 'get'>,
    signal: AbortSignal,
  ): Promise<void> {
    const cid = cidOfBlock(block.digest, block.codec).toString()
    for (;;) {
      if (this.#options.book.beginObject(cid, about.round, about.keep)) return
      const other = this.#underWay.get(cid)
      if (other === undefined) break
      await other.catch(() => {
        // It may have ended with a signal that is not ours; its own caller is told. The next turn looks again.
      })
    }
    const work = this.#send(cid, block, blocks, signal)
    this.#underWay.set(cid, work)
    try {
      await work
    } finally {
      this.#underWay.delete(cid)
    }
  }

  /** Makes sure that a block is sent again. */
  doubt({ digest, codec }: PutBlock): void {
    this.#options.book.setObject(cidOfBlock(digest, codec).toString(), false)
  }

  async delete(cid: string, signal: AbortSignal): Promise<void> {
    const { book, bucket } = this.#options
    await this.#inTurn(signal, async () => {
      await this.patiently(() => bucket.delete(keyOf(cid), signal), signal)
      book.forgetObject(cid)
    })
  }

  /** Tries again what may succeed in a moment. */
  async patiently(work: () => Promise<void>, signal: AbortSignal): Promise<void> {
    for (let failures = 0; ; failures++) {
      try {
        return await work()
      } catch (error) {
        if (signal.aborted || !isTesseraError(error) || !error.retryable || failures + 1 === TRIES) throw error
        await this.#options.timer.sleep(FIRST_WAIT_MS * 4 ** failures, signal)
      }
    }
  }

  async #send(cid: string, { digest }: PutBlock, blocks: Pick<BlockStore, 'get'>, signal: AbortSignal): Promise<void> {
    const { book, bucket } = this.#options
    await this.#inTurn(signal, async () => {
      const bytes = await blockHere(blocks, digest)
      await this.patiently(() => bucket.put(keyOf(cid), bytes, digest, HEADERS, signal), signal)
      book.setObject(cid, true)
    })
  }

  async #inTurn(signal: AbortSignal, work: () => Promise<void>): Promise<void> {
    const free = await this.#slots.acquire(1, signal)
    try {
      await work()
    } finally {
      free()
    }
  }
}

/** All at a time, as far as their own slots let them. The first that fails ends the span, and the others with it. */
export async function forAll<T>(
  items: Iterable<T> | AsyncIterable<T>,
  span: Span,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const tasks: Promise<void>[] = []
  try {
    for await (const item of items) {
      if (span.signal.aborted) break
      tasks.push(work(item).catch((error: unknown) => span.stop(error)))
    }
  } catch (error) {
    span.stop(error)
  }
  await Promise.all(tasks)
  span.signal.throwIfAborted()
}

/** Where readers ask for it: transport.ts has the same path. */
function keyOf(cid: string): string {
  return `ipfs/${cid}`
}
