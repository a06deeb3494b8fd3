// The sources of one blob and how they have behaved: who is asked next, who is asked no more, and what to say when nobody is left.
// Bookkeeping only; lives as long as one fetch, so a node that misbehaved once gets a new chance with the next blob.

import { isTesseraError, TesseraError } from '@tessera/protocol/errors'
import type { Source } from './source.ts'

// One of these is enough: the source has lied, or cannot be meant. Other faults may be the network's.
const UNFORGIVEN: ReadonlySet<string> = new Set([
  'storage/digest-mismatch',
  'storage/block-too-large',
  'storage/private-address',
])

interface Standing {
  readonly source: Source
  faults: number
  /** Faults since the last good block. Those of requests that ran at the same time are one incident and count once. */
  streak: number
  inFlight: number
  banned: boolean
  lastFault: TesseraError | undefined
  /** Attempts begun up to the last counted fault. */
  faultAt: number
}

/** One attempt: ends by exactly one of `good`, `bad` and `dropped`. */
export interface Attempt {
  readonly source: Source
  good(): void
  bad(fault: TesseraError): void
  /** The attempt was called off by us and says nothing about the source. */
  dropped(): void
}

export class SourcePool {
  readonly #records: Standing[]
  readonly #faultsToBan: number
  readonly #refused: Readonly<Record<string, string>>
  #begun = 0

  /** `refused`: URLs that were given but are no sources, with the code that says why. */
  constructor(sources: readonly Source[], faultsToBan: number, refused: Readonly<Record<string, string>> = {}) {
    this.#faultsToBan = faultsToBan
    this.#refused = refused
    this.#records = sources.map((source) => ({
      source,
      faults: 0,
      streak: 0,
      inFlight: 0,
      banned: false,
      lastFault: undefined,
      faultAt: 0,
    }))
  }

  get size(): number {
    return this.#records.length
  }

  /** True when nobody is left to ask. */
  get exhausted(): boolean {
    return this.#records.every((record) => record.banned)
  }

  /** The source with the fewest faults, then the fewest requests in flight, then the first given. Undefined when all are banned. */
  begin(): Attempt | undefined {
    let best: Standing | undefined
    for (const record of this.#records) {
      if (record.banned) continue
      const better =
        best === undefined ||
        record.faults < best.faults ||
        (record.faults === best.faults && record.inFlight < best.inFlight)
      if (better) best = record
    }
    return best === undefined ? undefined : this.#attempt(best)
  }

  #attempt(record: Standing): Attempt {
    const number = ++this.#begun
    record.inFlight++
    return {
      source: record.source,
      good: () => {
        record.inFlight--
        record.streak = 0
      },
      bad: (fault) => {
        record.inFlight--
        record.lastFault = fault
        record.faults++
        if (number > record.faultAt) {
          record.streak++
          record.faultAt = this.#begun
        }
        if (UNFORGIVEN.has(fault.code) || record.streak >= this.#faultsToBan) record.banned = true
      },
      dropped: () => {
        record.inFlight--
      },
    }
  }

  /** Why the blob cannot be had from these sources: their common fault, or `storage/unreachable` when they differ. */
  verdict(): TesseraError {
    const faults: Record<string, string> = { ...this.#refused }
    const seen: TesseraError[] = []
    for (const { source, lastFault } of this.#records) {
      if (lastFault === undefined) continue
      faults[source.base] = lastFault.code
      seen.push(lastFault)
    }
    const [first] = seen
    if (first === undefined) return noSource(faults)
    const same = seen.every((fault) => isTesseraError(fault, first.code))
    return new TesseraError(same ? first.code : 'storage/unreachable', 'no source delivered the blob', {
      retryable: seen.some((fault) => fault.retryable),
      hint: first.hint ?? 'Try again later or with more sources',
      context: { faults },
      cause: first,
    })
  }
}

function noSource(refused: Readonly<Record<string, string>>): TesseraError {
  return new TesseraError('storage/no-source', 'the blob is not here and there is nowhere to fetch it from', {
    hint: 'Give at least one https gateway URL that leads to a public address',
    context: { refused },
  })
}
