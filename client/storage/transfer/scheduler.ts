// Sends the requests of all fetches of a store: which blob's turn it is, how much may be under way, and when to look again. Each request
// is watched and its answer hashed here; a job (job.ts) decides what to ask of whom.

import { TesseraError } from '@tessera/protocol/errors'
import type { Hex } from '@tessera/protocol/hex'
import { digestOf } from '../blobRef.ts'
import { BlockBuffers } from '../blockBuffers.ts'
import { MAX_BLOCK_BYTES } from '../dagShape.ts'
import type { RankedSource, Source } from '../source.ts'
import { startSpan, type Timer } from '../timer.ts'
import type { Transport } from '../transport.ts'
import { Bitfield, bitfieldBytes } from './bitfield.ts'
import type { Choice, Job, Want } from './job.ts'
import type { TransferLimits } from './limits.ts'
import { Link } from './link.ts'
import type { Pace } from './pace.ts'
import { Standing } from './standing.ts'
import { stalled, type Watch, watchProgress } from './watch.ts'

export interface SchedulerParts {
  readonly transport: Transport
  readonly timer: Timer
  readonly limits: TransferLimits
  /** What all fetches together may read; absent: as much as comes. */
  readonly download?: Pace | undefined
}

/** Links remembered for sources that no fetch under way uses. */
const KEPT_LINKS = 256

export class Scheduler {
  readonly #parts: SchedulerParts
  /** The group whose turn it is comes first. */
  readonly #groups = new Map<string, Set<Job>>()
  readonly #groupBytes = new Map<string, number>()
  readonly #links = new Map<string, Link>()
  readonly #buffers = new BlockBuffers()
  readonly #running = new Map<Job, Set<Promise<void>>>()
  #freeBytes: number
  /** Of which: under way with sources that had not shown that they answer. */
  readonly #doubtfulBytes = new Map<string, number>()
  #asking = 0
  #alarm: { readonly at: number; readonly bell: AbortController } | undefined

  constructor(parts: SchedulerParts) {
    this.#parts = parts
    this.#freeBytes = parts.limits.bytesInFlight
  }

  /** How a source stands at the beginning of a fetch of `leaves` leaves. */
  standing(source: RankedSource, leaves: number): Standing {
    const { limits, timer } = this.#parts
    const asks = source.role === 'peer' && leaves > 1
    const link = this.#links.get(source.base) ?? new Link(source.base, limits)
    // The least recently used is the first.
    this.#links.delete(source.base)
    this.#links.set(source.base, link)
    for (const [base, { inFlight }] of this.#links) {
      if (this.#links.size <= KEPT_LINKS) break
      if (inFlight === 0) this.#links.delete(base)
    }
    const haveAt = asks ? timer.now() + limits.haveEveryMs / 2 : Infinity
    return new Standing(source, link, limits, asks ? 'unasked' : 'all', haveAt)
  }

  add(job: Job): void {
    const group = this.#groups.get(job.group)
    if (group === undefined) this.#groups.set(job.group, new Set([job]))
    else group.add(job)
    this.#running.set(job, new Set())
  }

  /** Resolves once nothing of it is under way. Its signal has to have aborted, or all of it to be here. */
  async remove(job: Job): Promise<void> {
    const group = this.#groups.get(job.group)
    group?.delete(job)
    if (group?.size === 0) this.#groups.delete(job.group)
    await Promise.allSettled(this.#running.get(job) ?? [])
    this.#running.delete(job)
    if (this.#groups.size === 0) this.#silence()
    else this.pump()
  }

  /** Starts what can be started now, and sees to it that somebody looks again when more may be. */
  pump(): void {
    // INVARIANT: one moment for all of it. What was not due at the moment of the look must not be past at that of the alarm, or nobody would
    // look again.
    const now = this.#parts.timer.now()
    while (this.#startOne(now));
    this.#askHoldings(now)
    for (const jobs of this.#groups.values())
      for (const job of jobs) {
        const error = job.hopeless()
        if (error !== undefined) job.fail(error)
      }
    this.#setAlarm(now)
  }

  /** One request for the next group in turn that can have one. */
  #startOne(now: number): boolean {
    for (const [name, jobs] of [...this.#groups]) {
      const free = this.#freeFor(name)
      for (const job of jobs) {
        if (job.signal.aborted) continue
        const choice = job.next(now, free, this.#doubtfulFor(name))
        if (choice === undefined) continue
        // To the end of both queues.
        this.#groups.delete(name)
        this.#groups.set(name, jobs)
        jobs.delete(job)
        jobs.add(job)
        this.#start(job, choice, now)
        return true
      }
    }
    return false
  }

  /** What a group may still take: one that has its share leaves to each of the others that wants it what it needs for a beginning. */
  #freeFor(name: string): number {
    const others = [...this.#groups].filter(
      ([other, jobs]) => other !== name && jobs.values().some((job) => job.isWaiting),
    )
    const share = this.#parts.limits.bytesInFlight / (others.length + 1)
    if ((this.#groupBytes.get(name) ?? 0) < share) return this.#freeBytes
    const short = others.filter(([other]) => (this.#groupBytes.get(other) ?? 0) < share)
    // No more than half is left empty: those others may have nobody to ask.
    return this.#freeBytes - Math.min(short.length * MAX_BLOCK_BYTES, this.#parts.limits.bytesInFlight / 2)
  }

  /** Half of a group's share, so that sources that do answer find room beside those that do not; and never less than one block. */
  #doubtfulFor(name: string): number {
    const held = this.#doubtfulBytes.get(name) ?? 0
    return held === 0 ? Infinity : this.#parts.limits.bytesInFlight / 2 / this.#groups.size - held
  }

  #start(job: Job, choice: Choice, now: number): void {
    const { timer, limits } = this.#parts
    const { want, standing } = choice
    const watch = watchProgress(timer, limits, standing.source, job.signal)
    job.started(choice, { since: now, stop: () => watch.stop(CALLED_OFF) })
    const doubtful = standing.link.isProven ? 0 : want.bytes
    add(this.#doubtfulBytes, job.group, doubtful)
    this.#take(job, want.bytes)
    const request = this.#request(job, choice, watch).finally(() => {
      watch.close()
      add(this.#doubtfulBytes, job.group, -doubtful)
      this.#take(job, -want.bytes)
    })
    this.#track(job, request)
  }

  #take(job: Job, bytes: number): void {
    this.#freeBytes -= bytes
    add(this.#groupBytes, job.group, bytes)
  }

  #track(job: Job, work: Promise<void>): void {
    const running = this.#running.get(job)
    const ended = work
      .catch((error: unknown) => job.fail(error))
      .finally(() => {
        running?.delete(ended)
        this.pump()
      })
    running?.add(ended)
  }

  async #request(job: Job, choice: Choice, watch: Watch): Promise<void> {
    const { timer } = this.#parts
    const { want, standing } = choice
    const { digest } = want
    const since = timer.now()
    const number = standing.begin()
    let bytes: Uint8Array
    try {
      bytes = await this.#receive(want, standing.source, watch)
    } catch (error) {
      const ours = job.signal.aborted || watch.signal.reason === CALLED_OFF || !(error instanceof TesseraError)
      if (ours) standing.dropped()
      else standing.bad(error, { number, digest, now: timer.now() })
      job.missed(choice)
      if (!(error instanceof TesseraError)) throw error
      return
    }
    const took = timer.now() - since
    // Whoever brings it first calls off the others, and has it stored before its share of memory is given back.
    if (job.arrived(choice)) await want.done(bytes)
    // Nor is its source asked for another before: a disk that is slower than the source would fill the memory with blocks that wait.
    standing.good(digest, took)
    this.#buffers.give(bytes)
  }

  async #receive({ digest, cid }: Want, source: Source, watch: Watch): Promise<Uint8Array> {
    const { transport, timer, download } = this.#parts
    const { signal } = watch
    const held = async (pace: Pace, bytes: number): Promise<void> => {
      const before = timer.now()
      await pace.take(source.base, bytes, signal)
      watch.held(timer.now() - before)
    }
    const onBytes = (bytes: number): Promise<void> | undefined => {
      watch.came(bytes)
      return download && held(download, bytes)
    }
    const memory = this.#buffers.take
    const bytes = await transport.fetchBlock({ source, cid, maxBytes: MAX_BLOCK_BYTES, signal, memory, onBytes })
    const actual = digestOf(bytes)
    if (actual !== digest) throw mismatch(source, digest, actual)
    return bytes
  }

  /** Asks peers what they have by now, of blobs that still want something. */
  #askHoldings(now: number): void {
    const { limits } = this.#parts
    for (const jobs of this.#groups.values())
      for (const job of jobs) {
        if (this.#asking >= limits.haveAtOnce) return
        const standing = job.nextToAsk(now)
        if (standing === undefined) continue
        this.#asking++
        const asking = this.#askHolding(job, standing).finally(() => {
          this.#asking--
        })
        this.#track(job, asking)
      }
  }

  async #askHolding(job: Job, standing: Standing): Promise<void> {
    const { transport, timer, limits } = this.#parts
    const { source } = standing
    const maxBytes = bitfieldBytes(job.leaves)
    const span = startSpan(timer, limits.stallMs, () => stalled(source, limits.stallMs), job.signal)
    try {
      const request = { source, cid: job.rootCid, maxBytes, signal: span.signal }
      const answer = await transport.fetchHoldings?.(request)
      const field = answer?.length === 0 ? new Bitfield(job.leaves) : answer && Bitfield.from(answer, job.leaves)
      // What is no answer to the question comes from one who does not know it: another kind of gateway.
      if (field === undefined) job.untold(standing)
      else job.told(standing, field, timer.now())
    } catch (error) {
      if (job.signal.aborted) return
      if (!(error instanceof TesseraError)) throw error
      standing.untold(error, timer.now())
    } finally {
      span.close()
    }
  }

  /** Looks again when the first of what was put off is due. */
  #setAlarm(now: number): void {
    const { timer } = this.#parts
    let at = Infinity
    for (const jobs of this.#groups.values()) for (const job of jobs) at = Math.min(at, job.dueAt(now))
    if (this.#alarm !== undefined && this.#alarm.at <= at) return
    this.#silence()
    if (at === Infinity) return
    const bell = new AbortController()
    this.#alarm = { at, bell }
    timer.sleep(Math.max(1, at - timer.now()), bell.signal).then(
      () => this.#rings(bell),
      (error) => {
        if (!bell.signal.aborted) this.#failAll(error)
      },
    )
  }

  #rings(bell: AbortController): void {
    if (this.#alarm?.bell !== bell) return
    this.#alarm = undefined
    for (const jobs of this.#groups.values()) for (const job of jobs) job.reconsider()
    this.pump()
  }

  #silence(): void {
    this.#alarm?.bell.abort()
    this.#alarm = undefined
  }

  #failAll(error: unknown): void {
    for (const jobs of this.#groups.values()) for (const job of jobs) job.fail(error)
  }
}

function add(sums: Map<string, number>, key: string, amount: number): void {
  const sum = (sums.get(key) ?? 0) + amount
  if (sum > 0) sums.set(key, sum)
  else sums.delete(key)
}

/** Why a request for a block that has come from elsewhere ends. */
const CALLED_OFF = new TesseraError('storage/aborted', 'the block came from another source')

function mismatch(source: Source, expected: Hex, actual: Hex): TesseraError {
  return new TesseraError('storage/digest-mismatch', `${source.base} sent other bytes than were asked for`, {
    retryable: true,
    hint: 'The source is broken or hostile; it is not asked again for this blob',
    context: { source: source.base, expected, actual },
  })
}
