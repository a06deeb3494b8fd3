// What validators' receipts say about miners, as far as the observer has them. Read whole and kept in short: a receipt never changes,
// and a page of a long run asks for hundreds.

import { setImmediate as letOthers } from 'node:timers/promises'
import type { Hex } from '@tessera/protocol/hex'
import type { Receipts } from '@tessera/protocol/score'
import type { Kysely } from 'kysely'
import type { Tables } from '../database/tables.ts'

export interface ReceiptOfMiner {
  readonly operator: Hex
  readonly score: number
  readonly reason: string | null
  readonly quality: number
  readonly unique: number
  readonly validity: number
  readonly mu: number
  readonly sigma: number
  readonly rounds: readonly RoundOfReceipt[]
}

export interface RoundOfReceipt {
  readonly round: number
  readonly valid: boolean
  readonly reason: string | null
  readonly ownDrop: number | null
  readonly drawnDrop: number | null
  readonly rank: number | null
}

export interface ReadReceipts {
  readonly state: 'verified' | 'inconsistent' | 'unfetchable'
  /** By slot; none when they were not to be had. */
  readonly miners: ReadonlyMap<number, ReceiptOfMiner>
}

/** 20 miners in 10 rounds are some 30 kB in short. */
const MAX_KEPT = 2_048
/** Read between two chances for others. */
const AT_ONCE = 32

export class ReceiptShelf {
  readonly #db: Kysely<Tables>
  readonly #kept = new Map<Hex, ReadReceipts>()

  constructor(db: Kysely<Tables>) {
    this.#db = db
  }

  /** By digest; those that the observer has looked for. */
  async of(digests: Iterable<Hex>): Promise<ReadonlyMap<Hex, ReadReceipts>> {
    const found = new Map<Hex, ReadReceipts>()
    const wanted: Hex[] = []
    for (const digest of new Set(digests)) {
      const kept = this.#kept.get(digest)
      if (kept === undefined) wanted.push(digest)
      else found.set(digest, kept)
    }
    for (let at = 0; at < wanted.length; at += AT_ONCE) {
      if (at > 0) await letOthers()
      for (const [digest, receipts] of await this.#read(wanted.slice(at, at + AT_ONCE))) found.set(digest, receipts)
    }
    return found
  }

  async #read(digests: readonly Hex[]): Promise<[Hex, ReadReceipts][]> {
    const rows = await this.#db.selectFrom('receipts').selectAll().where('digest', 'in', digests).execute()
    return rows.map(({ digest, state, body }) => {
      const receipts = { state, miners: body === null ? new Map() : shortOf(body) }
      // What was not to be had is asked for again.
      if (state !== 'unfetchable') this.#keep(digest, receipts)
      return [digest, receipts]
    })
  }

  #keep(digest: Hex, receipts: ReadReceipts): void {
    const [oldest] = this.#kept.keys()
    if (this.#kept.size >= MAX_KEPT && oldest !== undefined) this.#kept.delete(oldest)
    this.#kept.set(digest, receipts)
  }
}

/** SAFETY: the body is what the observer has decoded and checked, as the book wrote it. */
function shortOf(body: string): ReadonlyMap<number, ReceiptOfMiner> {
  const { miners } = JSON.parse(body) as Pick<Receipts, 'miners'>
  return new Map(
    miners.map(({ slot, operator, score, reason, factors, after, rounds }) => {
      const { quality, unique, validity } = factors
      const short = {
        operator,
        score,
        reason: reason ?? null,
        quality,
        unique,
        validity,
        mu: after.mu,
        sigma: after.sigma,
      }
      return [slot, { ...short, rounds: rounds.map(shortRound) }]
    }),
  )
}

function shortRound(judged: Receipts['miners'][number]['rounds'][number]): RoundOfReceipt {
  const { round, valid, reason = null, ownDrop = null, drawnDrop = null, rank = null } = judged
  return { round: Number(round), valid, reason, ownDrop, drawnDrop, rank }
}

/** The middle of the numbers, or the mean of the two in the middle; null of none. */
export function medianOf(values: readonly number[]): number | null {
  if (values.length === 0) return null
  const sorted = values.toSorted((a, b) => a - b)
  const half = sorted.length >> 1
  const upper = sorted[half] ?? 0
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? 0) + upper) / 2
}
