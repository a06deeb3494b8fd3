// Candidate update rules in integers, chunk by chunk, independent of the order of contributions. Where they are the protocol's own
// rule, the simulation uses that; these are the others it was chosen from.

import { type Contribution, recordOf } from '@tessera/protocol/contribution'
import type { StateLayout } from '@tessera/protocol/layout'
import type { ChunkRecord } from '@tessera/protocol/record'
import { highsOf } from '@tessera/protocol/recordShape'
import { INT32_MAX, INT32_MIN } from '@tessera/protocol/tags'
import type { Divisor, Rule } from './setting.ts'

/** The state after `contributions` under `rule`. Every quotient is truncated toward zero. */
export function applyRule(
  state: Int32Array,
  contributions: readonly Contribution[],
  layout: StateLayout,
  rule: Rule,
): Int32Array {
  const next = state.slice()
  if (contributions.length === 0) return next
  const rateQ16 = Math.round(rule.rate * 65_536)
  const raised = new Tally(layout.chunkSize)
  const lowered = new Tally(layout.chunkSize)
  for (const chunk of layout.chunks) {
    const records = contributions.map((contribution) => recordOf(contribution, chunk))
    tally(records, rule.clip, raised.clear(), lowered.clear())
    for (let place = chunk.offset; place < chunk.offset + chunk.valid; place++) {
      const mean = meanOf(raised.at(place - chunk.offset), lowered.at(place - chunk.offset), records.length, rule)
      const step = Math.trunc((mean * rateQ16) / 65_536)
      next[place] = Math.max(INT32_MIN, Math.min(INT32_MAX, (next[place] as number) - step))
    }
  }
  return next
}

interface Votes {
  readonly sum: number
  readonly count: number
}

/** Magnitudes of one sign at each place of a chunk. */
class Tally {
  readonly #sums: Float64Array
  readonly #counts: Uint8Array

  constructor(size: number) {
    this.#sums = new Float64Array(size)
    this.#counts = new Uint8Array(size)
  }

  clear(): this {
    this.#sums.fill(0)
    this.#counts.fill(0)
    return this
  }

  add(place: number, size: number): void {
    this.#sums[place] = (this.#sums[place] as number) + size
    this.#counts[place] = (this.#counts[place] as number) + 1
  }

  at(place: number): Votes {
    return { sum: this.#sums[place] as number, count: this.#counts[place] as number }
  }
}

function tally(records: readonly ChunkRecord[], clip: number | null, raised: Tally, lowered: Tally): void {
  const lows = clipped(
    records.map(({ lo }) => lo),
    clip,
  )
  const highs = clipped(
    records.map(({ hi }) => hi),
    clip,
  )
  for (const [r, { indices, signs }] of records.entries()) {
    const high = highsOf(indices.length)
    for (let i = 0; i < indices.length; i++) {
      const size = (i < high ? highs[r] : lows[r]) as number
      const votes = (signs[i] as number) > 0 ? raised : lowered
      votes.add(indices[i] as number, size)
    }
  }
}

function meanOf(raised: Votes, lowered: Votes, included: number, { divisor, majority }: Rule): number {
  const count = raised.count + lowered.count
  if (count === 0) return 0
  if (!majority) return Math.trunc((raised.sum - lowered.sum) / divisorOf(divisor, count, included))
  if (raised.count === lowered.count) return 0
  const winner = raised.count > lowered.count ? raised : lowered
  const mean = Math.trunc(winner.sum / divisorOf(divisor, winner.count, included))
  return winner === raised ? mean : -mean
}

/** Roots are taken in Q8, downwards, so that they are integers too. */
function divisorOf(divisor: Divisor, count: number, included: number): number {
  switch (divisor) {
    case 'present':
      return count
    case 'atLeast2':
      return Math.max(count, Math.min(2, included))
    case 'atLeast3':
      return Math.max(count, Math.min(3, included))
    case 'root':
      return Math.floor(256 * Math.sqrt(count * included)) / 256
    case 'all':
      return included
    case 'rootPresent':
      return Math.floor(256 * Math.sqrt(count)) / 256
  }
}

/** Bounded by `clip` times the lower median. */
function clipped(values: readonly number[], clip: number | null): readonly number[] {
  if (clip === null) return values
  const sorted = values.toSorted((a, b) => a - b)
  const bound = Math.floor((sorted[Math.floor((values.length - 1) / 2)] as number) * clip)
  return values.map((value) => Math.min(value, bound))
}
