// One blob under way: which of its blocks are wanted, which are asked for, and which of its sources is asked for which one next.
// Decides, but sends nothing and waits for nothing: scheduler.ts does.

import type { SourceRole } from '@tessera/protocol/blobSource'
import type { TesseraError } from '@tessera/protocol/errors'
import type { Hex } from '@tessera/protocol/hex'
import { Bitfield } from './bitfield.ts'
import type { TransferLimits } from './limits.ts'
import type { Standing } from './standing.ts'
import { verdict } from './verdict.ts'

export interface Carrier {
  readonly since: number
  readonly stop: () => void
}

/** A block that is to be had. */
export interface Want {
  readonly digest: Hex
  readonly cid: string
  /** As its shape has it. */
  readonly bytes: number
  /** Its place among the leaves; undefined for a node. */
  readonly leaf: number | undefined
  /** Whoever is asked for it now. */
  readonly carriers: Map<Standing, Carrier>
  /** Resolves once the block is stored, or is not: never rejects. The bytes are not used after that. */
  readonly done: (bytes: Uint8Array) => Promise<void>
  readonly failed: (error: unknown) => void
}

export interface Choice {
  readonly want: Want
  readonly standing: Standing
}

export interface JobParts {
  /** For whom it is fetched: blobs of one author share what is left for that author. */
  readonly group: string
  readonly rootCid: string
  readonly leaves: number
  readonly standings: readonly Standing[]
  readonly refused: Readonly<Record<string, string>>
  readonly limits: TransferLimits
  readonly signal: AbortSignal
}

const RANK: Readonly<Record<SourceRole, number>> = { author: 0, peer: 1, mirror: 2 }

export class Job {
  readonly group: string
  readonly rootCid: string
  readonly leaves: number
  readonly standings: readonly Standing[]
  readonly signal: AbortSignal
  readonly #refused: Readonly<Record<string, string>>
  readonly #limits: TransferLimits
  /** Not asked for now, in the order in which they were wanted. */
  readonly #queue = new Map<Hex, Want>()
  /** Asked for now. */
  readonly #running = new Map<Hex, Want>()
  /** How many peers are known to have each leaf. */
  readonly #holders: Uint16Array
  /** Leaves that are here. */
  readonly #here: Bitfield
  /** Goes up whenever there may be something to ask a source for that had nothing before. */
  #changes = 0
  readonly #nothing = new Map<Standing, number>()
  /** No author to wait for: peers of whom nothing is known are taken to have everything. */
  #trusting = false
  #isOver = false
  #askAt = 0

  constructor(parts: JobParts) {
    this.group = parts.group
    this.rootCid = parts.rootCid
    this.leaves = parts.leaves
    this.standings = parts.standings
    this.signal = parts.signal
    this.#refused = parts.refused
    this.#limits = parts.limits
    this.#holders = new Uint16Array(parts.leaves)
    this.#here = new Bitfield(parts.leaves)
  }

  /** What of it is here: leaves found or fetched so far. */
  get here(): Bitfield {
    return this.#here
  }

  /** Sources that have given some of it. */
  get givers(): number {
    return this.standings.filter(({ given }) => given > 0).length
  }

  get isWaiting(): boolean {
    return this.#queue.size > 0
  }

  /** The peer that is to be asked now what it has. A blob asks few a second, however many there are. */
  nextToAsk(now: number): Standing | undefined {
    if (now < this.#askAt || !this.isWaiting || this.signal.aborted) return undefined
    let first: Standing | undefined
    for (const standing of this.standings) {
      if (standing.haveAt > now || standing.freeAt > now) continue
      if (first === undefined || standing.haveAt < first.haveAt) first = standing
    }
    if (first === undefined) return undefined
    first.haveAt = Infinity
    this.#askAt = now + this.#limits.haveGapMs
    return first
  }

  want(want: Want): void {
    this.#queue.set(want.digest, want)
    this.#changes++
  }

  /** The leaf is here. */
  found(leaf: number | undefined): void {
    if (leaf !== undefined) this.#here.set(leaf)
  }

  /**
   * What is to be asked of whom next; undefined when there is nothing to ask, or nobody to ask it of, at this moment. `doubtful`: how much of
   * what is free sources may take that have not shown that they answer.
   */
  next(now: number, freeBytes: number, doubtful: number): Choice | undefined {
    const trusting = !this.#hasAuthor(now)
    if (trusting !== this.#trusting) this.#changes++
    this.#trusting = trusting
    if (this.#queue.size === 0) return this.#endgame(now, freeBytes)
    const roomFor = ({ link }: Standing): number => (link.isProven ? freeBytes : Math.min(freeBytes, doubtful))
    for (const standing of this.#inOrder(now)) {
      if (this.#nothing.get(standing) === this.#changes) continue
      const want = this.#rarest(standing, now, trusting)
      if (want === undefined) this.#nothing.set(standing, this.#changes)
      else if (want.bytes <= roomFor(standing)) return { want, standing }
    }
    return undefined
  }

  started({ want, standing }: Choice, carrier: Carrier): void {
    this.#queue.delete(want.digest)
    this.#running.set(want.digest, want)
    want.carriers.set(standing, carrier)
  }

  /** A request ended without the block. */
  missed({ want, standing }: Choice): void {
    want.carriers.delete(standing)
    if (want.carriers.size > 0 || !this.#running.delete(want.digest)) return
    this.#queue.set(want.digest, want)
    this.#changes++
  }

  /** The block is here: true for the first that brings it. */
  arrived({ want, standing }: Choice): boolean {
    want.carriers.delete(standing)
    for (const { stop } of want.carriers.values()) stop()
    return this.#running.delete(want.digest)
  }

  /** A peer said what it has. */
  told(standing: Standing, field: Bitfield, now: number): void {
    const before = standing.holding
    let isOfUse = false
    for (let leaf = 0; leaf < this.leaves; leaf++) {
      const had = before instanceof Bitfield && before.has(leaf)
      const has = field.has(leaf)
      if (has !== had) this.#holders[leaf] = (this.#holders[leaf] ?? 0) + (has ? 1 : -1)
      if (has && !this.#here.has(leaf)) isOfUse = true
    }
    standing.told(field, isOfUse, now)
    this.#changes++
  }

  /** The question was not understood: it is asked for blocks and has all of them or says that it has not. */
  untold(standing: Standing): void {
    standing.holding = 'all'
    standing.haveAt = Infinity
    this.#changes++
  }

  /** Time has passed: what was put off may be due. */
  reconsider(): void {
    this.#changes++
  }

  /** Why nothing will come any more; undefined while something may. */
  hopeless(): TesseraError | undefined {
    if (this.#running.size > 0 || this.#queue.size === 0) return undefined
    if (this.standings.some((standing) => !standing.isSpent)) return undefined
    const failed = this.standings.flatMap(({ source, lastFault }) =>
      lastFault === undefined ? [] : [{ base: source.base, fault: lastFault }],
    )
    return verdict(failed, this.#refused)
  }

  /** The next moment at which `next` or the peers' holdings may be worth another look; Infinity if only events can change anything. */
  dueAt(now: number): number {
    let due = Infinity
    if (this.#isOver) return due
    const soon = (at: number): void => {
      if (at > now) due = Math.min(due, at)
    }
    for (const standing of this.standings) {
      if (standing.isOut) continue
      soon(standing.freeAt)
      if (this.isWaiting) soon(Math.max(standing.haveAt, standing.freeAt, this.#askAt))
      soon(standing.nextLack(now))
    }
    const { endgameBlocks, endgameMs } = this.#limits
    if (this.#queue.size === 0 && this.#running.size <= endgameBlocks && this.standings.length > 1)
      for (const { carriers } of this.#running.values())
        for (const { since } of carriers.values()) soon(since + endgameMs)
    return due
  }

  /** Ends what is still wanted. */
  fail(error: unknown): void {
    this.#isOver = true
    for (const want of [...this.#queue.values(), ...this.#running.values()]) want.failed(error)
    this.#queue.clear()
  }

  /**
   * Sources with room: those in no trouble first, then those that have shown that they answer, then by role, by how well they behave and how
   * little they are asked, and as given. The others get what the first have no room for, and so their chance.
   */
  #inOrder(now: number): Standing[] {
    return this.standings
      .filter((standing) => standing.link.hasRoom && standing.freeAt <= now)
      .sort(
        (a, b) =>
          Number(a.isTroubled) - Number(b.isTroubled) ||
          Number(b.link.isProven) - Number(a.link.isProven) ||
          RANK[a.source.role] - RANK[b.source.role] ||
          a.faults - b.faults ||
          a.link.load - b.link.load,
      )
  }

  /** Whether there is an author to wait for while nobody knows what the peers have. */
  #hasAuthor(now: number): boolean {
    return this.standings.some(({ source, isSpent, freeAt }) => source.role === 'author' && !isSpent && freeAt <= now)
  }

  /** The wanted block that the fewest peers have, of those that this source may have; nodes of the tree before leaves. */
  #rarest(standing: Standing, now: number, trusting: boolean): Want | undefined {
    let best: Want | undefined
    let fewest = Infinity
    for (const want of this.#queue.values()) {
      const { leaf, digest } = want
      if (!mayHave(standing, leaf, trusting) || standing.lacksUntil(digest) > now) continue
      if (leaf === undefined) return want
      const holders = this.#holders[leaf] ?? 0
      if (holders >= fewest) continue
      best = want
      fewest = holders
      if (holders === 0) break
    }
    return best
  }

  /**
   * Everything is asked for: the slowest of the last blocks are asked of others, too, one more each time that they have taken too long. The
   * first answer counts. Those who have given something come first, then those of another role than has failed to so far: twenty peers that
   * do not answer must not stand between a reader and a mirror.
   */
  #endgame(now: number, freeBytes: number): Choice | undefined {
    const { endgameBlocks, endgameMs, endgameCopies } = this.#limits
    if (this.#running.size > endgameBlocks) return undefined
    const slow = [...this.#running.values()].filter(
      ({ carriers, bytes }) =>
        bytes <= freeBytes &&
        carriers.size < endgameCopies &&
        carriers.values().every(({ since }) => now - since >= endgameMs),
    )
    slow.sort((a, b) => sinceOf(a) - sinceOf(b))
    const order = slow.length === 0 ? [] : this.#inOrder(now)
    for (const want of slow) {
      const tried = new Set(want.carriers.keys().map(({ source }) => source.role))
      const rank = ({ given, source }: Standing): number => (given > 0 ? 0 : tried.has(source.role) ? 2 : 1)
      const [standing] = order
        .filter(
          (one) =>
            !want.carriers.has(one) && mayHave(one, want.leaf, this.#trusting) && one.lacksUntil(want.digest) <= now,
        )
        .sort((a, b) => rank(a) - rank(b))
      if (standing !== undefined) return { want, standing }
    }
    return undefined
  }
}

function mayHave({ holding }: Standing, leaf: number | undefined, trusting: boolean): boolean {
  if (holding === 'all' || leaf === undefined) return true
  return holding === 'unasked' ? trusting : holding.has(leaf)
}

function sinceOf({ carriers }: Want): number {
  return Math.min(...carriers.values().map(({ since }) => since))
}
