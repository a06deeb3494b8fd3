// How one source has behaved for one blob, and what it is thought to have of it: whether it may be asked, when again, and for what.
// Bookkeeping only; lives as long as one fetch, so a node that misbehaved once gets a new chance with the next blob.

import type { TesseraError } from '@tessera/protocol/errors'
import type { Hex } from '@tessera/protocol/hex'
import type { RankedSource } from '../source.ts'
import type { Bitfield } from './bitfield.ts'
import type { TransferLimits } from './limits.ts'
import type { Link } from './link.ts'

// One of these is enough: the source has lied, or cannot be meant. Other faults may be the network's.
const UNFORGIVEN: ReadonlySet<string> = new Set([
  'storage/digest-mismatch',
  'storage/block-too-large',
  'storage/private-address',
])

/** What a peer is thought to have. `unasked`: nobody knows yet. `all`: it has not got the question, or was never asked it. */
export type Holding = Bitfield | 'unasked' | 'all'

export class Standing {
  readonly source: RankedSource
  readonly link: Link
  readonly #limits: TransferLimits
  readonly #lacking = new Map<Hex, number>()
  holding: Holding
  /** When a peer is to be asked what it has; Infinity while it is being asked, and for whoever is not asked. */
  haveAt: number
  #given = 0
  #faults = 0
  #streak = 0
  #misses = 0
  #busies = 0
  #out = false
  #restUntil = 0
  #lastFault: TesseraError | undefined
  /** Requests begun up to the last incident: those that ran beside it are part of it. */
  #begun = 0
  #incidentAt = 0

  constructor(source: RankedSource, link: Link, limits: TransferLimits, holding: Holding, haveAt: number) {
    this.source = source
    this.link = link
    this.#limits = limits
    this.holding = holding
    this.haveAt = haveAt
  }

  /** Blocks that it has sent. */
  get given(): number {
    return this.#given
  }

  get faults(): number {
    return this.#faults
  }

  get lastFault(): TesseraError | undefined {
    return this.#lastFault
  }

  /** Asked no more, whatever happens. */
  get isOut(): boolean {
    return this.#out
  }

  /** Of no use as far as one can see: when all sources are, the fetch has failed. */
  get isSpent(): boolean {
    const { faultsToRest, missesToGiveUp, busiesToGiveUp } = this.#limits
    return this.#out || this.#streak >= faultsToRest || this.#misses >= missesToGiveUp || this.#busies >= busiesToGiveUp
  }

  /** It has failed since the last block that it gave: others are asked first, whatever their role. */
  get isTroubled(): boolean {
    return this.#streak + this.#misses + this.#busies > 0
  }

  /** The moment from which it may be asked; Infinity for one that is out. */
  get freeAt(): number {
    return this.#out ? Infinity : Math.max(this.#restUntil, this.link.freeAt)
  }

  /** When it may be asked for this block again, if it said that it has not got it; 0 otherwise. */
  lacksUntil(digest: Hex): number {
    return this.#lacking.get(digest) ?? 0
  }

  /** The next moment after `now` at which it may be asked for a block that it lacked; Infinity if there is none. */
  nextLack(now: number): number {
    let next = Infinity
    for (const until of this.#lacking.values()) if (until > now) next = Math.min(next, until)
    return next
  }

  /** Numbers a request. */
  begin(): number {
    this.link.begin()
    return ++this.#begun
  }

  /** The request was called off by us and says nothing about the source. */
  dropped(): void {
    this.link.end()
  }

  good(digest: Hex, ms: number): void {
    this.link.end()
    this.link.took(ms)
    this.#given++
    this.#lacking.delete(digest)
    this.#streak = 0
    this.#misses = 0
    this.#busies = 0
  }

  bad(fault: TesseraError, request: { readonly number: number; readonly digest: Hex; readonly now: number }): void {
    this.link.end()
    if (fault.code === 'storage/busy') this.#busy(fault, request.now, request.number)
    // The author put it up before it told anybody: without it, it is no better than one that does not answer.
    else if (fault.code === 'storage/not-found' && this.source.role !== 'author') this.#miss(fault, request)
    else this.fail(fault, request.now, request.number)
  }

  /** A fault that no request for a block has shown. `number`: see `begin`; later than all if not given. */
  fail(fault: TesseraError, now: number, number = ++this.#begun): void {
    const { backoffMs, maxBackoffMs, faultsToRest, restMs, maxRestMs } = this.#limits
    this.link.failed()
    this.#lastFault = fault
    this.#faults++
    if (UNFORGIVEN.has(fault.code)) this.#out = true
    if (number <= this.#incidentAt) return
    this.#incidentAt = this.#begun
    this.#streak++
    const rest = this.#streak - faultsToRest
    const wait =
      rest < 0 ? Math.min(maxBackoffMs, backoffMs * 2 ** (this.#streak - 1)) : Math.min(maxRestMs, restMs * 2 ** rest)
    this.#restUntil = now + wait
  }

  /** What it says that it has. Nothing of what is wanted is a miss, as if a block had been asked for. */
  told(field: Bitfield, isOfUse: boolean, now: number): void {
    const { haveEveryMs } = this.#limits
    this.holding = field
    // Only a block takes misses back: it may say what it likes.
    if (!isOfUse) this.#misses++
    this.haveAt = now + (isOfUse ? haveEveryMs : Math.max(haveEveryMs, this.#missWait()))
  }

  /** It was asked what it has, and did not say. */
  untold(fault: TesseraError, now: number): void {
    if (fault.code === 'storage/busy') this.#busy(fault, now, ++this.#begun)
    else this.fail(fault, now)
    this.haveAt = now + this.#limits.haveEveryMs
  }

  /** Requests that ran beside one another are sent away together, which is one answer. */
  #busy(fault: TesseraError, now: number, number: number): void {
    const { retryAfterMs } = fault.context
    this.#lastFault = fault
    if (number <= this.#incidentAt) return
    this.#incidentAt = this.#begun
    this.#busies++
    const wait = typeof retryAfterMs === 'number' ? retryAfterMs : this.#limits.missMs
    this.link.busy(now + Math.min(this.#limits.maxBusyMs, wait))
  }

  /** Not there, or not yet: a peer may still be fetching it, a mirror still be given it. */
  #miss(fault: TesseraError, { digest, now, number }: { digest: Hex; now: number; number: number }): void {
    this.#lastFault = fault
    // Requests that ran beside one another tell one thing.
    if (number > this.#incidentAt) {
      this.#misses++
      this.#incidentAt = this.#begun
    }
    this.#lacking.set(digest, now + this.#missWait())
    // It has nothing rather than not this one.
    if (this.#misses >= this.#limits.faultsToRest) this.#restUntil = now + this.#missWait()
  }

  #missWait(): number {
    const { missMs, maxMissMs } = this.#limits
    return Math.min(maxMissMs, missMs * 2 ** Math.max(0, this.#misses - 1))
  }
}
