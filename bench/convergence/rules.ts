// Candidate update rules in integers, chunk by chunk, independent of the order of contributions. Where they are the protocol's own
// rule, the simulation uses that; these are the others it was chosen from.

import { type Contribution, recordOf } from '@tessera/protocol/contribution'
import type { StateLayout } from '@tessera/protocol/layout'
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
  const sums = new Float64Array(layout.chunkSize)
  const counts = new Uint8Array(layout.chunkSize)
  const balance = new Int8Array(layout.chunkSize)
  const rateQ16 = Math.round(rule.rate * 65_536)
  for (const chunk of layout.chunks) {
    const { offset, valid } = chunk
    sums.fill(0)
    counts.fill(0)
    balance.fill(0)
    const records = contributions.map((contribution) => recordOf(contribution, chunk))
    const lows = clipped(
      records.map(({ lo }) => lo),
      rule.clip,
    )
    const highs = clipped(
      records.map(({ hi }) => hi),
      rule.clip,
    )
    for (const [r, { indices, signs }] of records.entries()) {
      const high = highsOf(indices.length)
      for (let i = 0; i < indices.length; i++) {
        const place = indices[i] as number
        const sign = signs[i] as number
        const size = (i < high ? highs[r] : lows[r]) as number
        sums[place] = (sums[place] as number) + sign * size
        counts[place] = (counts[place] as number) + 1
        balance[place] = (balance[place] as number) + sign
      }
    }
    for (let place = 0; place < valid; place++) {
      const count = counts[place] as number
      if (count === 0) continue
      let mean = Math.trunc((sums[place] as number) / divisorOf(rule.divisor, count, records.length))
      if (rule.agreement) mean = Math.trunc((mean * Math.abs(balance[place] as number)) / count)
      const step = Math.trunc((mean * rateQ16) / 65_536)
      next[offset + place] = Math.max(INT32_MIN, Math.min(INT32_MAX, (next[offset + place] as number) - step))
    }
  }
  return next
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
