// The rules that are compared: the protocol's own, by its own code, and what is left of it when a step of it is taken away.

import { aggregate } from '@tessera/protocol/aggregate'
import { type Contribution, recordOf } from '@tessera/protocol/contribution'
import type { StateLayout } from '@tessera/protocol/layout'
import type { ChunkRecord } from '@tessera/protocol/record'
import { highsOf } from '@tessera/protocol/recordShape'
import { INT32_MAX, INT32_MIN } from '@tessera/protocol/tags'
import type { Rule } from './setting.ts'

/** The state after `contributions` under `rule`. */
export function applyRule(
  state: Int32Array,
  contributions: readonly Contribution[],
  layout: StateLayout,
  rule: Rule,
): Int32Array {
  const rateQ16 = Math.round(rule.rate * 65_536)
  if (rule.kind === 'protocol') return aggregate(state, contributions, layout, { clipQ8: 256 * rule.clip, rateQ16 })
  return plainRule(state, contributions, layout, { ...rule, rateQ16 })
}

/** Everyone counts, and the sum of a coordinate is divided by those that sent it or by all. Quotients are truncated toward zero. */
function plainRule(
  state: Int32Array,
  contributions: readonly Contribution[],
  layout: StateLayout,
  { kind, clip, rateQ16 }: Rule & { readonly rateQ16: number },
): Int32Array {
  const next = state.slice()
  const sums = new Float64Array(layout.chunkSize)
  const counts = new Uint8Array(layout.chunkSize)
  for (const chunk of layout.chunks) {
    sums.fill(0)
    counts.fill(0)
    addUp(
      contributions.map((contribution) => recordOf(contribution, chunk)),
      clip,
      sums,
      counts,
    )
    for (let place = 0; place < chunk.valid; place++) {
      const count = counts[place] as number
      if (count === 0) continue
      const mean = Math.trunc((sums[place] as number) / (kind === 'count' ? count : contributions.length))
      const moved = (next[chunk.offset + place] as number) - Math.trunc((mean * rateQ16) / 65_536)
      next[chunk.offset + place] = Math.max(INT32_MIN, Math.min(INT32_MAX, moved))
    }
  }
  return next
}

function addUp(records: readonly ChunkRecord[], clip: number, sums: Float64Array, counts: Uint8Array): void {
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
    for (const [i, place] of indices.entries()) {
      const size = (i < high ? highs[r] : lows[r]) as number
      sums[place] = (sums[place] as number) + (signs[i] as number) * size
      counts[place] = (counts[place] as number) + 1
    }
  }
}

/** Bounded by `clip` times the lower median. */
function clipped(values: readonly number[], clip: number): readonly number[] {
  const sorted = values.toSorted((a, b) => a - b)
  const bound = Math.floor((sorted[Math.floor((values.length - 1) / 2)] as number) * clip)
  return values.map((value) => Math.min(value, bound))
}
