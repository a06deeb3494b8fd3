// Brings blobs to their targets beside everything else: each target has a line of its own, what is newest goes first, what fails
// comes up again later, a restart goes on. Never on the way of a round: nobody waits for it. Not what a target does with a blob.

import { isTesseraError, TesseraError } from '@tessera/protocol/errors'
import type { PutBlock } from '../blobStore.ts'
import type { Timer } from '../timer.ts'
import type { Book, BookedJob } from './book.ts'
import type { Publication, Spread, Target } from './target.ts'

/** What happens, for logs and metrics. */
export type PublishEvent =
  | { readonly kind: 'published' | 'removed'; readonly target: string; readonly publication: Publication }
  | {
      readonly kind: 'failed'
      readonly target: string
      readonly publication: Publication
      readonly error: TesseraError
    }

export interface BlobPublisherOptions {
  readonly targets: readonly Target[]
  readonly book: Book
  readonly timer: Timer
  readonly onEvent: (event: PublishEvent) => void
  /** From 0 to below 1. */
  readonly random: () => number
}

/** Wait after a first failure; doubled after each further one. */
const FIRST_WAIT_MS = 1_000
const LONGEST_WAIT_MS = 300_000

export class BlobPublisher {
  readonly #options: BlobPublisherOptions
  readonly #closing = new AbortController()
  readonly #lines: readonly Line[]
  #running: Promise<unknown> = Promise.resolve()
  /** Whether foreign targets may see a round by now. */
  #isOpen: (round: number) => boolean = () => false

  constructor(options: BlobPublisherOptions) {
    this.#options = options
    this.#lines = options.targets.map((target) => new Line(target))
  }

  /** Starts on what an earlier process left and on what is added from now on. Rejects only when the book fails. */
  start(): void {
    this.#running = Promise.all(this.#lines.map((line) => this.#serve(line)))
    // Told by close, and by the first call after it happened: nobody waits for it in between.
    this.#running.catch((error: unknown) => this.#closing.abort(error))
  }

  /** Takes note of a blob that is here. On return it is in the book. */
  add(publication: Publication): void {
    this.#throwIfBroken()
    for (const line of this.#lines) {
      if (!line.target.wants(publication)) continue
      this.#options.book.add(line.target.name, publication)
      line.wake()
    }
  }

  /** A put that begins: its blocks go out while it is still being made, where a target can do that. */
  spread(publication: Omit<Publication, 'ref'>): Spread {
    const { signal } = this.#closing
    const spreads = this.#lines.flatMap(({ target }) => target.spread?.(publication, signal) ?? [])
    return {
      block: (block: PutBlock) => {
        for (const spread of spreads) spread.block(block)
      },
      stop: () => {
        for (const spread of spreads) spread.stop()
      },
    }
  }

  /** Says which rounds may be seen by others from now on. */
  allow(isOpen: (round: number) => boolean): void {
    this.#throwIfBroken()
    this.#isOpen = isOpen
    for (const line of this.#lines) line.wake()
  }

  /** Has everything removed that belongs to rounds before this one and is not kept for good. */
  collect(keepFromRound: number): void {
    this.#throwIfBroken()
    this.#options.book.expire(keepFromRound)
    for (const line of this.#lines) line.wake()
  }

  /** Blobs that are not there yet, by target. */
  waiting(): { readonly target: string; readonly blobs: number }[] {
    const { book } = this.#options
    return this.#lines.map(({ target: { name } }) => {
      return { target: name, blobs: book.due(name).filter(({ stage }) => stage === 'publish').length }
    })
  }

  /** Resolves when there is nothing to do for now: all else waits for its time or for its round. @testonly */
  async idle(): Promise<void> {
    await Promise.all(this.#lines.map((line) => line.whenIdle()))
  }

  /** Ends what is under way; the next process goes on with it. The book stays open. */
  async close(): Promise<void> {
    this.#closing.abort(closed())
    for (const line of this.#lines) line.wake()
    await this.#running
  }

  async #serve(line: Line): Promise<void> {
    while (!this.#closing.signal.aborted) {
      const job = this.#next(line)
      if (job === undefined) await line.sleep()
      else await this.#work(line, job)
    }
  }

  #next(line: Line): BookedJob | undefined {
    const { target } = line
    return this.#options.book.due(target.name).find(({ id, round, keep, stage }) => {
      if (line.isResting(id)) return false
      return stage === 'remove' || keep || !target.isForeign || this.#isOpen(round)
    })
  }

  async #work(line: Line, job: BookedJob): Promise<void> {
    const { signal } = this.#closing
    try {
      if (job.stage === 'remove') await this.#remove(line, job)
      else await this.#publish(line, job)
    } catch (error) {
      if (signal.aborted) return
      // A defect of the program, which must not look like a target that is down. A failing book is no target either.
      if (!isTesseraError(error) || error.code === 'publish/book') throw error
      const { ref, round, keep } = job
      this.#options.onEvent({ kind: 'failed', target: line.target.name, publication: { ref, round, keep }, error })
      const doubled = FIRST_WAIT_MS * 2 ** line.countFailure(job.id)
      const waitMs = error.retryable ? Math.min(doubled, LONGEST_WAIT_MS) : LONGEST_WAIT_MS
      // Between half and all of it: nodes that failed together do not come back together.
      this.#rest(line, job.id, waitMs * (0.5 + this.#options.random() / 2))
    }
  }

  async #publish(line: Line, job: BookedJob): Promise<void> {
    const { book, onEvent } = this.#options
    const { target } = line
    const outcome = await target.publish(job, this.#closing.signal)
    line.forgetFailures(job.id)
    const stage = book.find(job.id)?.stage ?? 'remove'
    // Its round may have ended meanwhile.
    book.setStage(job.id, outcome.done && stage === 'publish' ? 'there' : stage, outcome.note)
    if (!outcome.done) return this.#rest(line, job.id, outcome.againMs)
    onEvent({ kind: 'published', target: target.name, publication: { ref: job.ref, round: job.round, keep: job.keep } })
  }

  async #remove(line: Line, job: BookedJob): Promise<void> {
    const { book, onEvent } = this.#options
    const { ref, round, keep } = job
    await line.target.remove(job, this.#closing.signal)
    // Unless it was added again meanwhile: then it has to go there once more.
    if (book.find(job.id)?.stage === 'remove') book.forget(job.id)
    else book.setStage(job.id, 'publish', '')
    line.forgetFailures(job.id)
    onEvent({ kind: 'removed', target: line.target.name, publication: { ref, round, keep } })
  }

  #rest(line: Line, id: number, ms: number): void {
    line.rest(id, this.#options.timer.sleep(ms, this.#closing.signal))
  }

  #throwIfBroken(): void {
    this.#closing.signal.throwIfAborted()
  }
}

/** One target with its turn: which jobs rest, how often each failed, and the wait for something to do. */
class Line {
  readonly target: Target
  readonly #resting = new Set<number>()
  readonly #failures = new Map<number, number>()
  #isAsleep = false
  #woken = Promise.withResolvers<void>()
  #idle = Promise.withResolvers<void>()

  constructor(target: Target) {
    this.target = target
  }

  wake(): void {
    if (this.#isAsleep) this.#idle = Promise.withResolvers()
    this.#isAsleep = false
    this.#woken.resolve()
  }

  /** Until something changes: a wake between the look for work and this call is not lost. */
  async sleep(): Promise<void> {
    const { promise } = this.#woken
    this.#isAsleep = true
    this.#idle.resolve()
    await promise
    this.#woken = Promise.withResolvers()
  }

  whenIdle(): Promise<void> {
    return this.#idle.promise
  }

  isResting(id: number): boolean {
    return this.#resting.has(id)
  }

  rest(id: number, over: Promise<void>): void {
    this.#resting.add(id)
    over.then(
      () => {
        this.#resting.delete(id)
        this.wake()
      },
      () => {
        // Closing: nothing wakes any more.
      },
    )
  }

  /** How often it had failed before. */
  countFailure(id: number): number {
    const before = this.#failures.get(id) ?? 0
    this.#failures.set(id, Math.min(before + 1, 20))
    return before
  }

  forgetFailures(id: number): void {
    this.#failures.delete(id)
  }
}

function closed(): TesseraError {
  return new TesseraError('publish/closed', 'publishing has ended', { hint: 'The program is shutting down' })
}
